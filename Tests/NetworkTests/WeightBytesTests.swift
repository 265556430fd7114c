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
      LayerSpec("conv1", .convolution(filters: 32, kernel: 3, stride: 1, padding: 1, groups: 1)),
      LayerSpec("pool1", .maxPooling(MaxPooling(kernel: 2, stride: 2))),
      LayerSpec("conv2", .convolution(filters: 32, kernel: 3, stride: 1, padding: 1, groups: 1)),
      LayerSpec("fc3", .fullyConnected(outputs: 4, relu: true, dropout: 0)),
      LayerSpec("fc4", .fullyConnected(outputs: 5, relu: false, dropout: 0)),
    ])

  private func parameters() throws -> [String: WeightMatrix] {
    try SeededParameters.parameters(of: Self.architecture)
  }

  @Test(
    "float32 layers read four bytes a weight, those by Winograd's filtering their transformed weights",
    arguments: [Network.Strategy.latency, .throughput])
  func float32(strategy: Network.Strategy) throws {
    let network = try Network(Self.architecture, parameters: parameters(), strategy: strategy)
    // 36 points take the place of conv2's 9 weights; conv1's three channels are too few for it.
    #expect(
      network.weightBytes == [
        "conv1": 32 * 3 * 9 * 4, "pool1": 0, "conv2": 32 * 32 * 36 * 4, "fc3": 512 * 4 * 4,
        "fc4": 4 * 5 * 4,
      ])
  }

  @Test("bfloat16 halves what fully connected layers read, and changes no convolution")
  func bfloat16() throws {
    let network = try Network(
      Self.architecture, parameters: parameters(), precision: .bfloat16)
    let float = try Network(Self.architecture, parameters: parameters())
    #expect(network.weightBytes["fc3"] == 512 * 4 * 2 && network.weightBytes["fc4"] == 4 * 5 * 2)
    for layer in ["conv1", "conv2"] {
      #expect(network.weightBytes[layer] == float.weightBytes[layer])
    }
  }

  @Test("8-bit layers read one byte a weight, in whole fours of a window's row")
  func int8() throws {
    let ranges = Self.architecture.calibratedLayers.map { ($0, Float(255)) }
    let network = try Network(
      Self.architecture, parameters: parameters(),
      precision: .int8(
        Calibration(
          inputMean: [0, 0, 0], inputScale: [1, 1, 1],
          ranges: Dictionary(uniqueKeysWithValues: ranges))))
    #expect(
      network.weightBytes == [
        "conv1": 32 * 12 * 3, "pool1": 0, "conv2": 32 * 32 * 9, "fc3": 512 * 4, "fc4": 4 * 5,
      ])
  }

  @Test("8-bit layers by Winograd's filtering read one byte for each of their sixteen products")
  func winograd() throws {
    let ranges = Self.architecture.calibratedLayers.map { ($0, Float(255)) }
    let points = try Self.architecture.pointLayers().map {
      ($0.name, WinogradPoints($0.geometry, range: 500))
    }
    let network = try Network(
      Self.architecture, parameters: parameters(),
      precision: .int8(
        Calibration(
          inputMean: [0, 0, 0], inputScale: [1, 1, 1],
          ranges: Dictionary(uniqueKeysWithValues: ranges),
          points: Dictionary(uniqueKeysWithValues: points))))
    #expect(network.weightBytes["conv2"] == 32 * 32 * 16)
  }

  @Test("a pruned layer reads its entries as they are stored, and where its columns start")
  func sparse() throws {
    var parameters = try parameters()
    let starts: [UInt32] = [0, 2, 2, 3, 5]
    parameters["fc4.weight"] = .sparse(
      try SparseMatrix(
        rows: 5, columns: 4,
        entries: Tensor(bytes: [0x10, 0x20, 0x11, 0x30, 0x41], .uint8, shape: [5]),
        columnStarts: Tensor(
          bytes: starts.flatMap { start in (0..<4).map { UInt8(start >> (8 * $0) & 255) } },
          .uint32, shape: [5]),
        codebook: (0..<16).map(Float.init)))
    let network = try Network(Self.architecture, parameters: parameters)
    #expect(network.weightBytes["fc4"] == 5 + 5 * 4)
  }
}
