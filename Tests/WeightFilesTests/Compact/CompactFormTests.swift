import Tensors
import Testing
import WeightFiles

@Suite struct CompactFormTests {
  /// Weights from a linear congruential generator, of which one in `every` is not 0.
  private func weights(_ count: Int, oneIn every: Int) -> [Float] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      let isKept = (state >> 16) % UInt32(every) == 0
      state = state &* 1_664_525 &+ 1_013_904_223
      return isKept ? Float(Int32(bitPattern: state)) * 0x1p-31 : 0
    }
  }

  private func reread(_ file: WeightFile) throws -> [String: WeightMatrix] {
    let bytes = Safetensors.bytes(of: file)
    return try Safetensors.read(Storage(copying: bytes.span)).matrices()
  }

  @Test("a matrix with at most fifteen different weights comes back bit for bit")
  func losslessMatrix() throws {
    // 100 rows at one weight in 40 have gaps of far more than 15; column 1 is empty.
    let shape = [100, 33]
    let values = weights(3300, oneIn: 40).enumerated().map { index, weight -> Float in
      index % 33 == 1 || weight == 0 ? 0 : [-2.5, -1, -0.25, 0.5, 3][index % 5]
    }
    let file = WeightFile(tensors: [
      NamedTensor(name: "fc6.weight", tensor: try Tensor(values, shape: shape))
    ])
    let matrix = try #require(try reread(CompactForm.encode(file))["fc6.weight"])
    #expect(matrix.dimensions == shape)
    #expect(try matrix.floats() == values)
  }

  @Test("clusters stay within half the distance of evenly spread centres")
  func clustering() throws {
    let values = weights(64 * 50, oneIn: 3)
    let file = WeightFile(tensors: [
      NamedTensor(name: "fc6.weight", tensor: try Tensor(values, shape: [64, 50]))
    ])
    let matrix = try #require(try reread(CompactForm.encode(file))["fc6.weight"])
    let decoded = try matrix.floats()
    // The range is 2 at most; k-means does better than 15 even steps on average.
    var squares: Float = 0
    for (value, other) in zip(values, decoded) {
      #expect((value == 0) == (other == 0))
      squares += (value - other) * (value - other)
    }
    let nonZeros = values.count { $0 != 0 }
    let evenStep: Float = 2.0 / 14
    #expect(squares / Float(nonZeros) <= evenStep * evenStep / 12)
  }

  @Test("a convolution keeps each weight to half a step of its channel's scale")
  func quantization() throws {
    let values = weights(4 * 3 * 5 * 5, oneIn: 1).enumerated().map { index, weight in
      weight * [1, 0.001, 0, 50][index / 75]
    }
    let file = WeightFile(tensors: [
      NamedTensor(name: "conv1.weight", tensor: try Tensor(values, shape: [4, 3, 5, 5])),
      NamedTensor(name: "conv1.bias", tensor: try Tensor([1, 2, 3, 4], shape: [4])),
    ])
    let matrices = try reread(CompactForm.encode(file))
    let matrix = try #require(matrices["conv1.weight"])
    guard case .quantized(let stored, let scales) = matrix else {
      Issue.record("the convolution is not quantised")
      return
    }
    #expect(stored.shape.dimensions == [4, 3, 5, 5])
    for (index, (value, decoded)) in zip(values, try matrix.floats()).enumerated() {
      #expect(abs(value - decoded) <= scales[index / 75] * 0.5001)
    }
    #expect(try matrices["conv1.bias"]?.floats() == [1, 2, 3, 4])
  }

  @Test("weights that are no numbers are refused")
  func notFinite() throws {
    let file = WeightFile(tensors: [
      NamedTensor(name: "fc8.weight", tensor: try Tensor([1, .nan], shape: [1, 2]))
    ])
    #expect(throws: WeightFileError.self) { try CompactForm.encode(file) }
  }

  @Test(
    "a compact form that lacks a part, or whose parts do not fit, is refused",
    arguments: [
      "fc.weight.entries", "fc.weight.columnStarts", "fc.weight.codebook", "conv.weight.scale",
      "conv.weight", "sparse",
    ])
  func missingPart(name: String) throws {
    var file = try CompactForm.encode(
      WeightFile(tensors: [
        NamedTensor(name: "fc.weight", tensor: try Tensor([1, 0, 0, 2], shape: [2, 2])),
        NamedTensor(name: "conv.weight", tensor: try Tensor([1, 2], shape: [2, 1, 1, 1])),
      ]))
    #expect(try file.matrices().count == 2)
    file.tensors.removeAll { $0.name == name }
    file.metadata[name] = nil
    // Without its values, a scale is a tensor like any other: the network will not know it.
    if name == "conv.weight" {
      #expect(try file.matrices()["conv.weight"] == nil)
    } else {
      #expect(throws: WeightFileError.self) { try file.matrices() }
    }
  }

  @Test("entries that lead outside their matrix are refused")
  func hostileEntries() throws {
    func file(entries: [UInt8], starts: [UInt8], shape: String) throws -> WeightFile {
      WeightFile(
        tensors: [
          NamedTensor(
            name: "fc.weight.entries",
            tensor: try Tensor(bytes: entries, .uint8, shape: [entries.count])),
          NamedTensor(
            name: "fc.weight.columnStarts",
            tensor: try Tensor(
              bytes: starts.flatMap { [$0, 0, 0, 0] }, .uint32, shape: [starts.count])),
          NamedTensor(
            name: "fc.weight.codebook",
            tensor: try Tensor((0..<16).map { Float($0) }, shape: [16])),
        ], metadata: ["sparse": "{\"fc.weight\": \(shape)}"])
    }
    let good = try file(entries: [0x11, 0x20], starts: [0, 1, 2], shape: "[2, 2]").matrices()
    #expect(try good["fc.weight"]?.floats() == [0, 2, 1, 0])
    for (entries, starts, shape) in [
      ([0x12, 0x20], [0, 1, 2], "[2, 2]"), ([0x11, 0x20], [0, 2, 2], "[2, 2]"),
      ([0x11, 0x20], [0, 3, 2], "[2, 2]"), ([0x11, 0x20], [0, 1, 1], "[2, 2]"),
      ([0x11, 0x20], [1, 1, 2], "[2, 2]"), ([0x11, 0x20], [0, 1, 2], "[2, 3]"),
      ([0x11, 0x20], [0, 1, 2], "[0, 2]"), ([0x11, 0x20], [0, 1, 2], "[2, -2]"),
      ([0x11, 0x20], [0, 1, 2], "[2, 9223372036854775807]"),
    ] as [([UInt8], [UInt8], String)] {
      #expect(throws: WeightFileError.self) {
        try file(entries: entries, starts: starts, shape: shape).matrices()
      }
    }
  }

  @Test("what is known of a convolution's input is no weight, and is refused where it is damaged")
  func points() throws {
    let weights = WeightFile(tensors: [
      NamedTensor(name: "conv.weight", tensor: try Tensor([1, 2], shape: [1, 2, 1, 1]))
    ])
    let points = QuantizedForm.Points(layer: "conv", ranges: [1, 2, 3, 4, 0, 6], means: [0.5, 0])
    let file = try QuantizedForm.encode(
      weights, activations: [("conv", 4)], points: [points])
    #expect(try file.matrices().keys.sorted() == ["conv.weight"])
    let read = try #require(try QuantizedForm.points(of: file).first)
    #expect(read.layer == "conv" && read.ranges == points.ranges && read.means == points.means)
    #expect(file["conv.points"]?.shape.dimensions == [3, 2])

    for (name, tensor) in [
      ("conv.means", nil),
      ("conv.means", try Tensor([0.5], shape: [1])),
      ("conv.means", try Tensor([0.5, .nan], shape: [2])),
      ("conv.points", try Tensor([1, 2, 3, 4, -1, 6], shape: [3, 2])),
      ("conv.points", try Tensor([1, 2, 3, 4, .infinity, 6], shape: [3, 2])),
      ("conv.points", try Tensor([1, 2], shape: [2])),
    ] as [(String, Tensor?)] {
      var damaged = file
      damaged.tensors.removeAll { $0.name == name }
      if let tensor { damaged.tensors.append(NamedTensor(name: name, tensor: tensor)) }
      #expect(throws: WeightFileError.self) { try QuantizedForm.points(of: damaged) }
    }
  }
}
