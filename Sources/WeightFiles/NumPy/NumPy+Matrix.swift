import Tensors

// `.npy` files that hold one array of numbers.

extension NumPy {
  /// The length of ``matrixHeader(rows:columns:)``, whatever the shape.
  public static let matrixHeaderLength = 128

  /// What a `.npy` file of float32 values, `[rows, columns]` row-major and little-endian, has
  /// before its values (version 1.0 of the format).
  ///
  /// It is always of the same length, with spaces as the format allows, so that it can be replaced
  /// once the number of rows is known.
  public static func matrixHeader(rows: Int, columns: Int) -> [UInt8] {
    header(shape: [rows, columns])
  }

  /// The same for an array of two to four dimensions.
  public static func header(shape: [Int]) -> [UInt8] {
    precondition((2...4).contains(shape.count))
    let dimensions = shape.map(String.init).joined(separator: ", ")
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }"
    let beginning = [0x93] + Array("NUMPY".utf8) + [1, 0]
    let length = matrixHeaderLength - beginning.count - 2
    let spaces = String(repeating: " ", count: length - 1 - text.utf8.count)
    return beginning + [UInt8(length & 0xFF), UInt8(length >> 8)]
      + Array((text + spaces + "\n").utf8)
  }

  /// The array of a `.npy` file that holds one array of numbers.
  ///
  /// - Throws: ``WeightFileError``: a damaged or cut off file, values of a type that no tensor has,
  ///   and Python objects.
  public static func array(_ storage: Storage) throws(WeightFileError) -> Tensor {
    var reader = ByteReader(storage, 0..<storage.count, format: .numpy)
    let header = try NumPyHeader(&reader)
    guard let type = header.type else {
      throw .unsupported(.numpy, "it holds Python objects, not one array of numbers")
    }
    let values = try reader.take(reader.remaining, "its values")
    return try NumPyArray(type: type, shape: header.shape, isFortran: header.isFortran)
      .tensor("array", storage, values)
  }
}
