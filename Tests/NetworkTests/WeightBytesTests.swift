import Architecture
import Kernels
import Network
import Tensors
import Testing

@Suite struct WeightBytesTests {
  /// One convolution, whose 32 filters fill the panels of every instruction set, and three fully
  /// connected layers.
  private static let architecture = Architecture(
    name: "small", inputSize: 8,
    layers: [
      .convolution("conv1", 32, kernel: 3, padding: 1),
      .maxPooling("pool1", kernel: 2, stride: 2),
      .convolution("conv2", 32, kernel: 3, padding: 1),
      .fullyConnected("fc3", 4),
      .fullyConnected("fc4", 5, relu: false),
    ])

  private func parameters() throws -> Parameters {
    try SeededParameters.parameters(of: Self.architecture)
  }

  private func precision(points: [String: WinogradPoints] = [:]) throws -> Precision {
    let ranges = Self.architecture.calibratedLayers.map { ($0, Float(255)) }
    return .int8(
      try Quantization(
        Calibration(
          inputMean: [0, 0, 0], inputScale: [1, 1, 1],
          ranges: Dictionary(uniqueKeysWithValues: ranges), points: points),
        for: Self.architecture))
  }

  @Test(
    "float32 layers read four bytes a weight, those by Winograd's filtering their transformed weights",
    arguments: [Plan.Strategy.latency, .throughput])
  func float32(strategy: Plan.Strategy) throws {
    let plan = Plan(try parameters(), strategy: strategy)
    // 36 points take the place of conv2's 9 weights; conv1's three channels are too few for it.
    #expect(
      plan.weightBytes == [
        "conv1": 32 * 3 * 9 * 4, "pool1": 0, "conv2": 32 * 32 * 36 * 4, "fc3": 512 * 4 * 4,
        "fc4": 4 * 5 * 4,
      ])
  }

  @Test("bfloat16 halves what fully connected layers read, and changes no convolution")
  func bfloat16() throws {
    let plan = Plan(try parameters(), precision: .bfloat16)
    let float = Plan(try parameters())
    #expect(plan.weightBytes["fc3"] == 512 * 4 * 2 && plan.weightBytes["fc4"] == 4 * 5 * 2)
    for layer in ["conv1", "conv2"] {
      #expect(plan.weightBytes[layer] == float.weightBytes[layer])
    }
  }

  @Test("8-bit layers read one byte a weight, in whole fours of a window's row")
  func int8() throws {
    let plan = Plan(try parameters(), precision: try precision())
    #expect(
      plan.weightBytes == [
        "conv1": 32 * 12 * 3, "pool1": 0, "conv2": 32 * 32 * 9, "fc3": 512 * 4, "fc4": 4 * 5,
      ])
  }

  @Test("8-bit layers by Winograd's filtering read one byte for each of their sixteen products")
  func winograd() throws {
    let points = try Self.architecture.pointLayers().map {
      ($0.name, WinogradPoints($0.geometry, range: 500))
    }
    let plan = Plan(
      try parameters(), precision: try precision(points: Dictionary(uniqueKeysWithValues: points)))
    #expect(plan.weightBytes["conv2"] == 32 * 32 * 16)
  }

  @Test(
    "a pruned layer reads its codes, where they start, and its masks or the rows that they stand for",
    arguments: InstructionSet.available.map(\.name), [false, true])
  func sparse(isa: String, isInt8: Bool) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var tensors = try parameters().tensors
    let masks: [UInt8] = [0b11, 0, 0b100, 0b10010].flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] }
    tensors["fc4.weight"] = .sparse(
      try SparseMatrix(
        rows: 5, columns: 4, masks: Tensor(bytes: masks, .uint8, shape: [4, 8]),
        codes: Tensor(bytes: [0x21, 0x01, 0x43], .uint8, shape: [3]),
        codebook: (0..<16).map(Float.init)))
    let plan = Plan(
      try Parameters(Self.architecture, tensors),
      precision: isInt8 ? try precision() : .float32, kernels: kernels)
    let rows = isa == "avx512" ? 4 * 8 : 6 * 2
    #expect(plan.weightBytes["fc4"] == rows + 3 + 5 * 4)
  }
}
