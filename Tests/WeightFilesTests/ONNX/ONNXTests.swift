import Architecture
import Tensors
import Testing
import WeightFiles

@Suite struct ONNXTests {
  /// Reads a model, with the files beside it.
  private func read(_ storage: Storage) throws(WeightFileError) -> ModelFile {
    try ONNX.read(storage) { (name) throws(WeightFileError) in
      guard let file = try? Fixtures.storage("ONNX/\(name)") else {
        throw .truncated(.onnx, what: name)
      }
      return file
    }
  }

  private func read(_ name: String) throws -> ModelFile {
    try read(try Fixtures.storage("ONNX/\(name).onnx"))
  }

  @Test("Gemm with transposed weights, packed floats, softmax: views of the file")
  func gemm() throws {
    let storage = try Fixtures.storage("ONNX/gemm.onnx")
    let file = try read(storage)
    try expectTiny(file)
    #expect(file.weights.tensors.allSatisfy { $0.tensor.storage === storage })
    #expect(file.description.layers == Fixtures.layers(roundsUp: false, softmax: true))
    #expect(file.description.inputSize == 23)
    #expect(file.description.name == "tiny")
  }

  @Test("MatMul and Add, a Gemm with alpha and beta, weights beside the model")
  func matmul() throws {
    for name in ["matmul", "external"] {
      let file = try read(name)
      try expectTiny(file)
      #expect(file.description.layers == Fixtures.layers(roundsUp: false, softmax: false))
    }
  }

  @Test("auto_pad, and padding after that lets pools reach past the edge")
  func padding() throws {
    let file = try read("same")
    try expectTiny(file)
    // 11 -> 5 -> 2: sizes that rounding up changes to 6 and 3, which padding by one does not.
    let found = file.description.layers
    #expect(found == Fixtures.layers(roundsUp: false, softmax: true))
  }

  @Test("PyTorch's export, with normalisation written out")
  func exported() throws {
    let file = try read("dynamo")
    try expectTiny(file)
    #expect(file.description.layers == Fixtures.layers(roundsUp: false, softmax: false))
  }

  @Test(
    "quantised models give weights within half a step, and the ReLUs that quantisation swallowed",
    arguments: [("qdq", true), ("operators", true), ("dynamic", false)])
  func quantized(name: String, softmax: Bool) throws {
    let file = try read(name)
    // Weights reach from -56/64 to 56/64, in 254 steps.
    try expectTiny(file, tolerance: 0.5 * 112 / 64 / 254 + 1e-6)
    #expect(file.description.layers == Fixtures.layers(roundsUp: false, softmax: softmax))
    #expect(try file.resolved(against: [Fixtures.architecture]).architecture.name == "tiny")
  }

  @Test("weights outside the model's folder are refused before anything is opened")
  func outside() throws {
    let storage = try Fixtures.storage("ONNX/outside.onnx")
    #expect(throws: WeightFileError.self) {
      try ONNX.read(storage) { (_) throws(WeightFileError) in
        Issue.record("it was opened")
        return storage
      }
    }
    let external = try Fixtures.storage("ONNX/external.onnx")
    #expect(throws: WeightFileError.self) { try ONNX.read(external) }
  }

  @Test("another architecture is refused with its differences, layer by layer")
  func otherArchitecture() throws {
    let file = try read("other")
    let error = #expect(throws: WeightFileError.self) {
      try file.resolved(against: [Fixtures.architecture])
    }
    let text = "\(error, default: "")"
    #expect(text.contains("layer 3: expected max pooling 3x3, stride 2, padding 0, missing"))
    #expect(text.contains("unexpected AveragePool"))
    #expect(text.contains("layer 4: expected normalisation"))
  }

  @Test(
    "a file cut anywhere is refused, or holds what came before the cut",
    arguments: ["gemm", "matmul", "qdq", "operators"])
  func truncated(name: String) throws {
    try expectTruncationsRefused("ONNX/\(name).onnx", mayEndEarly: true, read: read)
  }

  @Test(
    "changed bytes crash nothing",
    arguments: [
      "gemm", "matmul", "same", "external", "dynamo", "qdq", "operators", "dynamic", "other",
    ])
  func mutated(name: String) throws {
    try expectMutationsSurvived("ONNX/\(name).onnx", rounds: 1500, read: read)
  }

  @Test("an input of impossible size is one of unknown size", arguments: [1 << 62, Int.max, -1])
  func impossibleSize(size: Int) throws {
    func varint(_ value: Int) -> [UInt8] {
      var rest = UInt64(bitPattern: Int64(value))
      var bytes: [UInt8] = []
      while rest >= 128 {
        bytes.append(UInt8(rest & 127) | 128)
        rest >>= 7
      }
      return bytes + [UInt8(rest)]
    }
    /// A field with a text, a message, or a number (protobuf's encoding).
    func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
      varint(number << 3 | 2) + varint(bytes.count) + bytes
    }
    func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
    func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

    let shape = [1, 3, size, size].flatMap { field(1, field(1, $0)) }
    let input = field(1, "x") + field(2, field(1, field(1, 1) + field(2, shape)))
    let padding = field(1, "auto_pad") + field(4, "SAME_UPPER") + field(20, 3)
    let node =
      field(1, "x") + field(1, "w") + field(2, "y") + field(4, "Conv") + field(5, padding)
    let weights =
      [1, 3, 1, 1].flatMap { field(1, $0) } + field(2, 1) + field(8, "w")
      + field(9, [UInt8](repeating: 0, count: 12))
    let graph = field(1, node) + field(5, weights) + field(11, input) + field(12, field(1, "y"))
    let model = field(1, 8) + field(7, graph) + field(8, field(2, 13))
    let file = try read(Storage(copying: model.span))
    #expect(file.description.inputSize == nil)
  }
}
