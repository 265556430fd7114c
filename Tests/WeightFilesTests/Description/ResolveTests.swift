import Tensors
import Testing
import WeightFiles

@Suite struct ResolveTests {
  private func file(
    _ tensors: [(name: String, dimensions: [Int])], layers: [LayerDescription] = [],
    hint: String? = nil
  ) throws -> ModelFile {
    let named = try tensors.map { name, dimensions in
      let count = dimensions.reduce(1, *)
      return NamedTensor(
        name: name,
        tensor: try Tensor([Float](repeating: 0, count: count), shape: dimensions))
    }
    return ModelFile(
      weights: WeightFile(tensors: named),
      description: NetworkDescription(format: .torch, layers: layers, variantHint: hint))
  }

  @Test("missing, extra, misshapen and doubled tensors are all named in one error")
  func allNamed() throws {
    var tensors = Fixtures.tensors
    tensors.removeFirst()
    tensors[2].dimensions = [7]
    tensors.append(("conv9.weight", [1]))
    tensors.append(("conv1.bias", [4]))
    let file = try file(tensors)
    let error = #expect(throws: WeightFileError.self) {
      try file.resolved(against: [Fixtures.expected])
    }
    guard case .otherArchitecture(_, let differences) = error else { return }
    #expect(
      differences.dropFirst() == [
        "conv1.bias: there twice", "conv1.weight: missing", "conv2.bias: expected 6, found 7",
        "conv9.weight: unexpected, 1",
      ])
  }

  @Test("the number of classes is the file's, and weight and bias must agree on it")
  func classes() throws {
    var tensors = Fixtures.tensors
    tensors[6].dimensions = [3, 8]
    tensors[7].dimensions = [3]
    #expect(try file(tensors).resolved(against: [Fixtures.expected]).classCount == 3)
    tensors[7].dimensions = [4]
    let wrong = try file(tensors)
    #expect(throws: WeightFileError.self) { try wrong.resolved(against: [Fixtures.expected]) }
  }

  @Test("torchvision's names, with what wraps them, become ours")
  func names() throws {
    let torchvision = [
      "conv1": "features.0", "conv2": "features.3", "conv3": "features.6", "conv4": "features.8",
      "conv5": "features.10", "fc6": "classifier.1", "fc7": "classifier.4", "fc8": "classifier.6",
    ]
    var network = ExpectedNetwork.torchvision
    // The same network with few channels, so that no memory is taken for it.
    network.layers = network.layers.map { layer in
      switch layer {
      case .convolution(var layer):
        layer.outputs = 2
        layer.inputsPerGroup = 2
        return .convolution(layer)
      case .fullyConnected(let outputs, _):
        return .fullyConnected(outputs: outputs == nil ? nil : 2, inputs: 2)
      default: return layer
      }
    }
    for prefix in ["", "module."] {
      let tensors = network.tensors.map { tensor -> (name: String, dimensions: [Int]) in
        let parts = tensor.name.split(separator: ".").map(String.init)
        return (
          prefix + (torchvision[parts[0]] ?? "") + "." + parts[1], tensor.dimensions.map { $0 ?? 5 }
        )
      }
      let resolved = try file(tensors).resolved(against: [network])
      #expect(resolved.weights.tensors.map(\.name) == network.tensors.map(\.name))
      #expect(resolved.classCount == 5)
      #expect(resolved.inputSize == 224)
    }
  }

  @Test("shapes that fit two variants need a hint or a word from the user")
  func ambiguous() throws {
    var other = Fixtures.expected
    other.variant = "other"
    let candidates = [Fixtures.expected, other]
    let plain = try file(Fixtures.tensors)
    let error = #expect(throws: WeightFileError.self) { try plain.resolved(against: candidates) }
    #expect("\(error, default: "")".contains("tiny and other"))
    #expect(try plain.resolved(against: candidates, variant: "other").variant == "other")
    let hinted = try file(Fixtures.tensors, hint: "tiny")
    #expect(try hinted.resolved(against: candidates).variant == "tiny")
  }

  @Test("the order of norm and pool tells variants of the same shapes apart")
  func order() throws {
    var other = Fixtures.expected
    other.variant = "other"
    other.layers.swapAt(2, 3)
    let layers = other.layers.map { layer in
      if case .fullyConnected(nil, let inputs) = layer {
        return LayerDescription.fullyConnected(outputs: 5, inputs: inputs)
      }
      return layer
    }
    let file = try file(Fixtures.tensors, layers: layers)
    #expect(try file.resolved(against: [Fixtures.expected, other]).variant == "other")
  }

  @Test("sizes that do not come to what the first fully connected layer reads are refused")
  func sizes() throws {
    var file = try file(
      Fixtures.tensors, layers: Fixtures.layers(roundsUp: false, softmax: false))
    #expect(try file.resolved(against: [Fixtures.expected]).inputSize == 23)
    file.description.inputSize = 24
    let wrong = file
    file.description.inputSize = 22
    file.description.layers = Fixtures.layers(roundsUp: true, softmax: false)
    // 22 -> 10 -> 5 (4.5 rounded up) -> 2: the ONNX zoo's way to a smaller input.
    #expect(try file.resolved(against: [Fixtures.expected]).inputSize == 22)
    file.description.layers = Fixtures.layers(roundsUp: false, softmax: false)
    let small = file
    #expect(throws: WeightFileError.self) { try small.resolved(against: [Fixtures.expected]) }
    #expect(try wrong.resolved(against: [Fixtures.expected]).inputSize == 24)
  }

  @Test("the published networks have the numbers of parameters that are published for them")
  func parameters() {
    let counts = ExpectedNetwork.published.map { network in
      network.tensors.map { $0.dimensions.map { $0 ?? 1000 }.reduce(1, *) }.reduce(0, +)
    }
    #expect(counts == [62_378_344, 60_965_224, 60_965_224, 61_100_840])
  }
}
