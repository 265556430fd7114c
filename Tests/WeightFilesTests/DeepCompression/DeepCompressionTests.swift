import Tensors
import Testing
import WeightFiles

/// The tests build the files byte by byte: no program that writes this format is available.
@Suite struct DeepCompressionTests {
  private let layers = [
    DeepCompression.Layer(name: "conv1", dimensions: [2, 1, 3, 3], codeBits: 8),
    DeepCompression.Layer(name: "fc2", dimensions: [3, 20], codeBits: 4),
  ]

  private func floats(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
  }

  /// conv1 has entries at 0, 5 and 17; fc2 at 15, 16 and 59 by way of two entries of code 0.
  private var file: [UInt8] {
    let conv: [UInt8] =
      floats((0..<256).map { Float($0) / 8 }) + floats([1, 2]) + [200, 3, 7] + [0x40, 0x0B]
    let fc: [UInt8] =
      floats([0] + (1..<16).map { Float($0) - 8 }) + floats([1, 2, 3]) + [0x21, 0x00, 0x03]
      + [0x0F, 0xFF, 0x0A]
    return [3, 0, 0, 0, 5, 0, 0, 0] + conv + fc
  }

  private func read(_ bytes: [UInt8]) throws(WeightFileError) -> ModelFile {
    try DeepCompression.read(Storage(copying: bytes.span), layers: layers)
  }

  @Test("entries lie where their gaps say, with their codes' values")
  func reads() throws {
    let file = try read(self.file)
    #expect(DeepCompression.recognizes(Storage(copying: self.file.span), layers: layers))
    #expect(
      file.weights.tensors.map(\.name) == ["conv1.weight", "conv1.bias", "fc2.weight", "fc2.bias"])
    var conv = [Float](repeating: 0, count: 18)
    (conv[0], conv[5], conv[17]) = (25, 0.375, 0.875)
    #expect(try file.weights["conv1.weight"]?.floats() == conv)
    #expect(file.weights["conv1.weight"]?.shape.dimensions == [2, 1, 3, 3])
    var fc = [Float](repeating: 0, count: 60)
    (fc[15], fc[16], fc[59]) = (-7, -6, -5)
    #expect(try file.weights["fc2.weight"]?.floats() == fc)
    #expect(try file.weights["fc2.bias"]?.floats() == [1, 2, 3])
    #expect(file.description.variantHint == "bvlc_alexnet")
  }

  @Test("a file cut anywhere, or with a byte too many, is refused")
  func truncated() {
    let bytes = file
    for count in bytes.indices {
      #expect(throws: WeightFileError.self) { try read(Array(bytes[..<count])) }
    }
    #expect(throws: WeightFileError.self) { try read(bytes + [0]) }
  }

  @Test("an entry outside its layer is refused")
  func outside() {
    var bytes = file
    // The last gap: from the 59th position to the 60th.
    bytes[bytes.count - 1] = 0x0B
    #expect(throws: WeightFileError.self) { try read(bytes) }
  }

  @Test("numbers of entries that the file cannot hold are refused before anything is made")
  func hugeCounts() {
    let bytes = [UInt8](repeating: 0xFF, count: 8) + file.dropFirst(8)
    #expect(throws: WeightFileError.self) { try read(bytes) }
    #expect(!DeepCompression.recognizes(Storage(copying: bytes.span), layers: layers))
  }
}
