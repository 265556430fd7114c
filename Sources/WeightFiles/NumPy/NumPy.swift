import Architecture
import Tensors

/// Reads `.npy` files that hold a pickled dictionary of layers, and `.npz` archives of arrays.
///
/// Source of the format: `numpy/lib/format.py` of NumPy. No code in a pickle is run: see
/// ``PickleMachine``.
public enum NumPy {
  /// Reads the arrays. The arrays of a dictionary of layers are named `LAYER.weight` and
  /// `LAYER.bias`.
  ///
  /// Row-major arrays are views of the file. Others are rearranged when they are first read. The
  /// description of the result says whether the file has TensorFlow's layout
  /// (``TensorFlowLayout``).
  ///
  /// - Throws: ``WeightFileError`` for damaged or incomplete files, compressed archives, arrays of
  ///   types that no tensor has, and pickles of other objects than arrays.
  public static func read(_ storage: Storage) throws(WeightFileError) -> ModelFile {
    var tensors: [NamedTensor] = []
    if storage.has([0x50, 0x4B]) {
      for entry in try ZipArchive(storage, format: .numpy).entries {
        guard entry.name.hasSuffix(".npy") else {
          throw .unsupported(.numpy, "its entry \(entry.name) is no array")
        }
        try TensorLimits.check(entry.name, after: tensors.count, in: .numpy)
        tensors += try arrays(storage, try entry.content(), name: String(entry.name.dropLast(4)))
      }
    } else {
      tensors = try arrays(storage, 0..<storage.count, name: nil)
    }
    let isTensorFlow = TensorFlowLayout.isUsed(by: tensors)
    return ModelFile(
      weights: WeightFile(tensors: tensors),
      description: NetworkDescription(
        format: .numpy, variantHint: isTensorFlow ? Architecture.bvlcAlexnet.name : nil,
        layout: isTensorFlow ? .outputsLast : .outputsFirst))
  }

  /// The array in `range`, or the arrays of the dictionary that is stored there.
  private static func arrays(
    _ storage: Storage, _ range: Range<Int>, name: String?
  ) throws(WeightFileError) -> [NamedTensor] {
    var reader = ByteReader(storage, range, format: .numpy)
    let header = try NumPyHeader(&reader)
    guard let type = header.type else {
      let pickle = try PickleMachine.run(reader)
      var arrays = NumPyPickle(pickle)
      return try arrays.namedTensors()
    }
    guard let name else {
      throw .unsupported(
        .numpy, "it holds one array of numbers, not a dictionary of layers")
    }
    let values = try reader.take(reader.remaining, "its values")
    let array = NumPyArray(type: type, shape: header.shape, isFortran: header.isFortran)
    return [
      NamedTensor(name: name, tensor: try array.tensor(name, storage, values))
    ]
  }
}

/// The type of an array's values: `<f4` and the like.
struct NumPyType {
  let element: ElementType
  let isBigEndian: Bool

  /// - Parameter text: byte order (`<`, `>`, `|` or `=`), kind and size.
  init?(_ text: some StringProtocol) {
    let order = text.first.flatMap { "<>|=".contains($0) ? $0 : nil }
    guard let element = Self.types[String(order == nil ? text[...] : text.dropFirst())] else {
      return nil
    }
    self.element = element
    isBigEndian = order == ">"
  }

  private static let types: [String: ElementType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32,
    "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
  ]
}

/// The type, shape and order of an array's values.
struct NumPyArray {
  let type: NumPyType
  let shape: [Int]
  /// Whether the values are in Fortran's order: the first axis changes fastest, not the last.
  let isFortran: Bool

  /// The array as a tensor. `range` of `storage` holds its values and nothing else.
  func tensor(
    _ name: String, _ storage: Storage, _ range: Range<Int>
  ) throws(WeightFileError) -> Tensor {
    try naming(name, in: .numpy) { () throws(TensorError) in
      let stored = try Tensor(
        type.element, Shape(isFortran ? shape.reversed() : shape), storage: storage, range: range)
      let values = type.isBigEndian ? try swapped(stored) : stored
      guard isFortran, shape.count > 1, stored.shape.count > 0 else { return values }
      guard shape.count <= 4 else { throw .tooManyElements(shape) }
      return try values.permuted(Array(shape.indices.reversed()))
    }
  }

  /// The same values in little-endian order; they are swapped when they are first read.
  private func swapped(_ tensor: Tensor) throws(TensorError) -> Tensor {
    let size = tensor.elementType.size
    return try Tensor(tensor.elementType, deferring: tensor.shape, from: [tensor]) {
      tensor.withBytes { bytes in
        bytes.indices.map { bytes[$0 / size * size + (size - 1 - $0 % size)] }
      }
    }
  }
}
