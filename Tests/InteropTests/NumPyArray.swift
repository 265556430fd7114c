import Foundation
import Testing

enum NumPyArray {
  /// The values of a `.npy` file of float32 (version 1 of the format, C order), as NumPy writes it.
  static func values(_ url: URL) throws -> [Float] {
    let data = [UInt8](try Data(contentsOf: url))
    try #require(data.count >= 10)
    let header = 10 + Int(data[8]) + Int(data[9]) << 8
    try #require(data.count >= header && (data.count - header) % 4 == 0)
    let description = String(decoding: data[10..<header], as: UTF8.self)
    try #require(description.contains("'<f4'") && description.contains("'fortran_order': False"))
    return stride(from: header, to: data.count, by: 4).map { offset in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[offset + $1]) << (8 * UInt32($1)) }
      return Float(bitPattern: bits)
    }
  }
}
