import Tensors
import Testing
import WeightFiles

/// Graphs that use one initializer again and again: see ``SharedStorageTests``.
@Suite struct SharedInitializerTests {
  private static let side = 1024

  /// What each layer makes of the initializer.
  enum Form: CaseIterable {
    case transposed
    /// From 8-bit integers.
    case dequantized
    /// Multiplied by Gemm's alpha.
    case scaled
  }

  /// A chain of `layers` fully connected layers with one matrix, `weight`, whose value at `[1, 0]`
  /// is 2, and 0 elsewhere.
  private func file(_ form: Form, layers: Int) -> Storage {
    func node(_ type: String, _ inputs: [String], _ output: String) -> ProtobufMessage {
      var node = ProtobufMessage()
      for input in inputs { node.add(1, input) }
      node.add(2, output)
      node.add(4, type)
      return node
    }
    let (float32, int8) = (1, 3)
    func tensor(_ name: String, _ sizes: [Int], _ type: Int, _ values: [UInt8]) -> ProtobufMessage {
      var tensor = ProtobufMessage()
      for size in sizes { tensor.add(1, size) }
      tensor.add(2, type)
      tensor.add(8, name)
      tensor.add(9, values)
      return tensor
    }
    let side = Self.side
    var graph = ProtobufMessage()
    for index in 0..<layers {
      let (input, output, weight) = ("x\(index)", "x\(index + 1)", "weight\(index)")
      switch form {
      case .transposed:
        graph.add(1, node("Transpose", ["weight"], weight))
        graph.add(1, node("MatMul", [input, weight], output))
      case .dequantized:
        graph.add(1, node("DequantizeLinear", ["weight", "scale"], weight))
        graph.add(1, node("MatMul", [input, weight], output))
      case .scaled:
        // alpha = 1.5 (a float, field 2), type 1 (field 20, which is not read).
        var gemm = node("Gemm", [input, "weight"], output)
        gemm.add(5, [0x0A, 5] + Array("alpha".utf8) + [0x15, 0, 0, 0xC0, 0x3F])
        graph.add(1, gemm)
      }
    }
    var values = [UInt8](repeating: 0, count: side * side * (form == .dequantized ? 1 : 4))
    // 2 is 0x40000000 as a float.
    values[form == .dequantized ? side : 4 * side + 3] = form == .dequantized ? 4 : 0x40
    graph.add(
      5, tensor("weight", [side, side], form == .dequantized ? int8 : float32, values))
    // 0.5
    graph.add(5, tensor("scale", [1], float32, [0, 0, 0, 0x3F]))
    var input = ProtobufMessage()
    input.add(1, "x0")
    graph.add(11, input)
    var model = ProtobufMessage()
    model.add(1, 8)
    model.add(7, graph)
    return Storage(copying: model.bytes.span)
  }

  @Test("two layers of one matrix both read it", arguments: Form.allCases)
  func values(form: Form) throws {
    let file = try ONNX.read(file(form, layers: 2))
    #expect(
      file.weights.tensors.map(\.name) == ["fully connected 1.weight", "fully connected 2.weight"])
    for named in file.weights.tensors {
      let floats = try named.tensor.floats()
      // A layer's weights are `[out, in]`: those of a product are turned, and those that were
      // turned before are turned back.
      let index = form == .transposed ? Self.side : 1
      let value: Float = form == .scaled ? 3 : 2
      #expect(floats[index] == value && floats.reduce(0, +) == value)
    }
  }

  @Test(
    "a thousand layers of one matrix take no memory before somebody reads them",
    arguments: Form.allCases)
  func memory(form: Form) throws {
    let storage = file(form, layers: 1000)
    let before = Memory.peak
    let file = try ONNX.read(storage)
    #expect(file.weights.tensors.count == 1000)
    let error = #expect(throws: WeightFileError.self) { try file.resolved() }
    #expect("\(error, default: "")".count < 10_000, "the message does not list every layer")
    // Each copy would have 4 MB: 4 GB together.
    #expect(Memory.peak - before < 1 << 30)
  }

  @Test("more layers than any network has are refused")
  func manyLayers() {
    let error = #expect(throws: WeightFileError.self) {
      try ONNX.read(file(.transposed, layers: 10_000))
    }
    #expect("\(error, default: "")".contains("layers"))
  }
}
