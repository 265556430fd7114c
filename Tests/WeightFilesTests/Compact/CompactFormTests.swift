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

  @Test("a matrix with at most sixteen different weights comes back bit for bit")
  func losslessMatrix() throws {
    // Masks are filled up past row 100; column 1 is empty, column 2 is full.
    let shape = [100, 33]
    let values = weights(3300, oneIn: 40).enumerated().map { index, weight -> Float in
      index % 33 == 1 || weight == 0 && index % 33 != 2 ? 0 : Float(index % 16) - 7.5
    }
    let file = WeightFile(tensors: [
      NamedTensor(name: "fc6.weight", tensor: try Tensor(values, shape: shape))
    ])
    let matrix = try #require(try reread(CompactForm.encode(file))["fc6.weight"])
    #expect(matrix.dimensions == shape)
    #expect(matrix.floats() == values)
  }

  @Test("clusters stay within half the distance of evenly spread centres")
  func clustering() throws {
    let values = weights(64 * 50, oneIn: 3)
    let file = WeightFile(tensors: [
      NamedTensor(name: "fc6.weight", tensor: try Tensor(values, shape: [64, 50]))
    ])
    let matrix = try #require(try reread(CompactForm.encode(file))["fc6.weight"])
    let decoded = matrix.floats()
    // The range is 2 at most; k-means does better than 16 even steps on average.
    var squares: Float = 0
    for (value, other) in zip(values, decoded) {
      #expect((value == 0) == (other == 0))
      squares += (value - other) * (value - other)
    }
    let nonZeros = values.count { $0 != 0 }
    let evenStep: Float = 2.0 / 15
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
    for (index, (value, decoded)) in zip(values, matrix.floats()).enumerated() {
      #expect(abs(value - decoded) <= scales[index / 75] * 0.5001)
    }
    #expect(matrices["conv1.bias"]?.floats() == [1, 2, 3, 4])
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
      "fc.weight.mask", "fc.weight.codes", "fc.weight.codebook", "conv.weight.scale",
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

  // A search for each of them among all others would take minutes.
  @Test("a hundred thousand measured layers are read at once", .timeLimit(.minutes(1)))
  func manyPoints() throws {
    let value = try Tensor([1], shape: [1])
    let matrix = try Tensor([1], shape: [1, 1])
    let file = WeightFile(
      tensors: (0..<100_000).flatMap { index in
        [
          NamedTensor(name: "layer\(index).points", tensor: matrix),
          NamedTensor(name: "layer\(index).means", tensor: value),
        ]
      })
    #expect(try QuantizedForm.points(of: file).count == 100_000)
    #expect(try file.matrices().isEmpty)
  }

  @Test("of several tensors that cannot be read, the first one in the file is named")
  func firstProblem() throws {
    for type in [ElementType.int32, .int8] {
      let file = WeightFile(
        tensors: try (0..<40).map { index in
          NamedTensor(
            name: "layer\(index).weight",
            tensor: try Tensor(bytes: [UInt8](repeating: 0, count: type.size), type, shape: [1]))
        })
      let error = #expect(throws: WeightFileError.self) { try file.matrices() }
      #expect("\(error, default: "")".contains("layer0.weight"))
    }
  }

  @Test("a matrix with more rows than a compact one may have is refused")
  func tooManyRows() throws {
    let rows = SparseMatrix.maxRows + 1
    let file = WeightFile(tensors: [
      NamedTensor(
        name: "fc8.weight",
        tensor: try Tensor([Float](repeating: 1, count: rows), shape: [rows, 1]))
    ])
    #expect(throws: WeightFileError.self) { try CompactForm.encode(file) }
  }

  @Test("masks and codes that do not fit their matrix are refused")
  func hostileMasks() throws {
    func file(masks: [UInt8], codes: [UInt8], shape: String) throws -> WeightFile {
      WeightFile(
        tensors: [
          NamedTensor(
            name: "fc.weight.mask",
            tensor: try Tensor(
              bytes: masks.flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] }, .uint8, shape: [masks.count, 8])),
          NamedTensor(
            name: "fc.weight.codes",
            tensor: try Tensor(bytes: codes, .uint8, shape: [codes.count])),
          NamedTensor(
            name: "fc.weight.codebook",
            tensor: try Tensor((0..<16).map { Float($0) }, shape: [16])),
        ], metadata: ["sparse": "{\"fc.weight\": \(shape)}"])
    }
    let good = try file(masks: [0b10, 0b01], codes: [0x01, 0x02], shape: "[2, 2]").matrices()
    #expect(good["fc.weight"]?.floats() == [0, 2, 1, 0])
    for (masks, codes, shape) in [
      ([0b100, 0b01], [0x01, 0x02], "[2, 2]"), ([0b10, 0b01], [0x01], "[2, 2]"),
      ([0b10, 0b01], [0x01, 0x02, 0], "[2, 2]"), ([0b10, 0b00], [0x01, 0x02], "[2, 2]"),
      ([0b10], [0x01], "[2, 2]"), ([0b10, 0b01], [0x01, 0x02], "[2, 3]"),
      ([0b10, 0b01], [0x01, 0x02], "[65, 2]"), ([0b10, 0b01], [0x01, 0x02], "[0, 2]"),
      ([0b10, 0b01], [0x01, 0x02], "[2, -2]"),
      ([0b10, 0b01], [0x01, 0x02], "[2, 9223372036854775807]"),
      ([0b10, 0b01], [0x01, 0x02], "[9223372036854775807, 2]"),
    ] as [([UInt8], [UInt8], String)] {
      #expect(throws: WeightFileError.self) {
        try file(masks: masks, codes: codes, shape: shape).matrices()
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
