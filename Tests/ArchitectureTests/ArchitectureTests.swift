import Architecture
import Testing

/// Shapes, parameters and multiply-adds as published: Krizhevsky, Sutskever and Hinton 2012,
/// Caffe's model zoo, and torchvision's documentation (61 100 840 parameters).
@Suite struct ArchitectureTests {
  @Test("parameters are the published ones")
  func parameters() throws {
    let expected = [
      "alexnet": 62_378_344, "caffenet": 60_965_224, "bvlc_alexnet": 60_965_224,
      "torchvision": 61_100_840,
    ]
    for architecture in Architecture.all {
      let total = try architecture.summary().reduce(0) { $0 + $1.parameters }
      #expect(total == expected[architecture.name])
    }
  }

  @Test("output shapes and multiply-adds of the ungrouped network are the table's")
  func shapes() throws {
    let rows = try Architecture.alexnet.summary()
    let shapes = rows.map { "\($0.output.width)x\($0.output.height)x\($0.output.channels)" }
    #expect(
      shapes == [
        "55x55x96", "27x27x96", "27x27x96", "27x27x256", "13x13x256", "13x13x256", "13x13x384",
        "13x13x384", "13x13x256", "6x6x256", "1x1x4096", "1x1x4096", "1x1x1000",
      ])
    let millions = rows.map { Double($0.multiplyAdds) / 1e6 }
    #expect(millions.reduce(0, +).rounded() == 1135)
    #expect(millions.filter { $0 > 0 }.prefix(5).map { $0.rounded() } == [105, 448, 150, 224, 150])
    let grouped = try Architecture.caffenet.summary().reduce(0) { $0 + $1.multiplyAdds }
    #expect((Double(grouped) / 1e6).rounded() == 724)
  }

  @Test("impossible numbers and sizes too large to count are errors")
  func tooLarge() {
    let layers: [LayerSpec] = [
      LayerSpec("c", .convolution(ConvolutionSpec(filters: 1, kernel: .max))),
      LayerSpec("c", .convolution(ConvolutionSpec(filters: 1, kernel: 3, stride: 0))),
      LayerSpec("c", .convolution(ConvolutionSpec(filters: .max, kernel: 1))),
      LayerSpec("p", .maxPooling(PoolingSpec(kernel: 3, stride: 0))),
      LayerSpec("n", .normalization(NormalizationSpec(size: 4))),
      .fullyConnected("f", .max), .fullyConnected("f", 0),
    ]
    for layer in layers {
      let architecture = Architecture(name: "one layer", inputSize: 8, layers: [layer])
      #expect(throws: ArchitectureError.self) { try architecture.summary() }
    }
  }

  @Test("a layer that does not fit is an error")
  func impossible() throws {
    var architecture = Architecture.alexnet
    architecture.inputSize = 32
    #expect(throws: ArchitectureError.self) { try architecture.summary() }
  }

  @Test("the layer that describes pictures is the last before the one that gives the classes")
  func featureLayer() {
    #expect(Architecture.all.allSatisfy { $0.featureLayer?.name == "fc7" })
    var one = Architecture.alexnet
    one.layers.removeAll { ["fc6", "fc7"].contains($0.name) }
    #expect(one.featureLayer?.name == "pool3")
    one.layers = one.layers.suffix(1)
    #expect(one.featureLayer?.name == "fc8")
    one.layers = []
    #expect(one.featureLayer == nil)
  }
}
