/// Caffe's binary files, written by hand: field numbers are those of `caffe.proto`.
enum CaffeFile {
  /// A network of a normalisation and a fully connected layer of two outputs, for pictures of
  /// `side` pixels.
  static func normalised(side: Int, size: Int, alpha: Float) -> [UInt8] {
    // local_size, alpha
    let normalization =
      field(118, field(1, size) + [0x15] + littleEndian(alpha.bitPattern))
    let inputs = 3 * side * side
    func blob(_ sizes: [Int]) -> [UInt8] {
      let values = [UInt8](repeating: 0, count: 4 * sizes.reduce(1, *))
      return field(7, field(7, sizes.flatMap { field(1, $0) }) + field(5, values))
    }
    let matrix = field(117, field(1, 2)) + blob([2, inputs]) + blob([2])
    return field(100, text("norm", "LRN") + normalization)
      + field(100, text("fc", "InnerProduct") + matrix)
  }

  private static func text(_ name: String, _ type: String) -> [UInt8] {
    field(1, Array(name.utf8)) + field(2, Array(type.utf8))
  }

  private static func field(_ number: Int, _ value: Int) -> [UInt8] {
    varint(number << 3) + varint(value)
  }

  private static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(content.count) + content
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  private static func littleEndian(_ bits: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
  }
}
