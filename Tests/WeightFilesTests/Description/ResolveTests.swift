import Architecture
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
      try file.resolved(against: [Fixtures.architecture])
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
    #expect(try file(tensors).resolved(against: [Fixtures.architecture]).classCount == 3)
    tensors[7].dimensions = [4]
    let wrong = try file(tensors)
    #expect(throws: WeightFileError.self) { try wrong.resolved(against: [Fixtures.architecture]) }
  }

  /// torchvision's layers by the names that its own program gives them, from its documentation.
  private let torchvision = [
    "conv1": "features.0", "conv2": "features.3", "conv3": "features.6", "conv4": "features.8",
    "conv5": "features.10", "fc6": "classifier.1", "fc7": "classifier.4", "fc8": "classifier.6",
  ]

  @Test("torchvision's names, with what wraps them, become ours", arguments: ["", "module."])
  func names(prefix: String) throws {
    var network = Architecture.torchvision
    // The same network with few channels, so that no memory is taken for it.
    network.layers = network.layers.map { layer in
      var layer = layer
      switch layer.operation {
      case .convolution(var spec):
        spec.filters = 2
        layer.operation = .convolution(spec)
      case .fullyConnected(_, let relu, let dropout):
        layer.operation = .fullyConnected(outputs: 2, relu: relu, dropout: dropout)
      default: break
      }
      return layer
    }
    let expected = try network.withClasses(5).summary().flatMap(\.tensors)
    let tensors = expected.map { tensor -> (name: String, dimensions: [Int]) in
      let parts = tensor.name.split(separator: ".").map(String.init)
      return (prefix + (torchvision[parts[0]] ?? "") + "." + parts[1], tensor.dimensions)
    }
    let resolved = try file(tensors).resolved(against: [network])
    #expect(resolved.weights.tensors.map(\.name) == expected.map(\.name))
    #expect(resolved.classCount == 5)
    #expect(resolved.inputSize == 224)
  }

  @Test("layers with any names, however other programs write a tensor's name, are found")
  func ownNames() throws {
    let network = Architecture(
      name: "own", inputSize: 4,
      layers: [.convolution("stem_1", 2, kernel: 3), .fullyConnected("Head", 3, relu: false)])
    for names in [
      ["stem_1.weight", "stem_1.bias", "Head.weight", "Head.bias"],
      ["net/stem_1/weights", "net/stem_1/biases", "net/head/kernel", "net/head/b"],
      ["features.0.weight", "features.0.bias", "classifier.0.weight", "classifier.0.bias"],
      // Numbered after other modules, such as normalisation or dropout.
      [
        "net.features.7.weight", "net.features.7.bias", "classifier.12.weight",
        "classifier.12.bias",
      ],
    ] {
      let tensors = zip(names, [[2, 3, 3, 3], [2], [3, 8], [3]]).map { ($0, $1) }
      let resolved = try file(tensors).resolved(against: [network])
      #expect(
        resolved.weights.tensors.map(\.name) == [
          "stem_1.weight", "stem_1.bias", "Head.weight", "Head.bias",
        ])
    }
  }

  @Test(
    "layers in other modules, or of other names, are found by their shapes",
    arguments: [
      // Layers were removed, or put into a sequence together with a dropout.
      ["features.0", "features.3", "classifier.0", "classifier.2"],
      ["features.0", "features.3", "classifier.4", "classifier.6.1"],
      ["features.0", "features.3", "classifier.4", "classifier.6.head.1"],
      ["backbone.stem.0.conv", "backbone.10.conv", "backbone.12.linear", "head"],
      ["model.features.0.0", "model.features.1.0", "model.classifier.1", "model.out"],
      // Of other names in an order that says nothing.
      ["d", "c", "b", "a"],
    ])
  func byShape(layers: [String]) throws {
    let shapes = Fixtures.tensors.map(\.dimensions)
    var tensors: [(String, [Int])] = []
    for (index, layer) in layers.enumerated() {
      tensors.append((layer + ".weight", shapes[2 * index]))
      tensors.append((layer + ".bias", shapes[2 * index + 1]))
    }
    // Some programs write tensors in the order of the alphabet.
    for tensors in [tensors, tensors.sorted { $0.0 < $1.0 }] {
      let resolved = try file(tensors).resolved(against: [Fixtures.architecture])
      #expect(resolved.weights.tensors.map(\.name) == Fixtures.tensors.map(\.name))
    }
    // One layer more or fewer, or two of one, is another network.
    for wrong in [
      Array(tensors.dropLast()), Array(tensors.dropFirst(2)), tensors + [("more.weight", [8, 8])],
      tensors + [("more.weight", [5, 8]), ("more.bias", [5])], tensors + [("scale", [5])],
    ] {
      #expect(throws: WeightFileError.self) {
        try file(wrong).resolved(against: [Fixtures.architecture])
      }
    }
  }

  @Test("layers of the same shapes are taken in the order of their numbers")
  func sameShapes() throws {
    let network = Architecture(
      name: "same", inputSize: 1,
      layers: [
        .fullyConnected("a", 3), .fullyConnected("b", 3), .fullyConnected("c", 3, relu: false),
      ])
    var tensors: [(String, Tensor)] = []
    for number in [10, 2, 9] {
      tensors.append(
        (
          "net.\(number).fc.weight",
          try Tensor([Float](repeating: Float(number), count: 9), shape: [3, 3])
        ))
      tensors.append(("net.\(number).fc.bias", try Tensor([1, 2, 3], shape: [3])))
    }
    let file = ModelFile(
      weights: WeightFile(tensors: tensors.map { NamedTensor(name: $0.0, tensor: $0.1) }),
      description: NetworkDescription(format: .torch))
    let weights = try file.resolved(against: [network]).weights
    #expect(try weights["a.weight"]?.floats().first == 2)
    #expect(try weights["b.weight"]?.floats().first == 9)
    #expect(try weights["c.weight"]?.floats().first == 10)
  }

  @Test("a tensor without dimensions is left out and named; one with a dimension is not")
  func scalars() throws {
    let resolved = try file(Fixtures.tensors + [("n_averaged", []), ("steps", [])])
      .resolved(against: [Fixtures.architecture])
    #expect(resolved.ignored == ["n_averaged", "steps"])
    #expect(resolved.weights.tensors.count == Fixtures.tensors.count)
    #expect(throws: WeightFileError.self) {
      try file(Fixtures.tensors + [("scale", [1])]).resolved(against: [Fixtures.architecture])
    }
  }

  @Test("shapes that fit two variants need a hint or a word from the user")
  func ambiguous() throws {
    var other = Fixtures.architecture
    other.name = "other"
    let candidates = [Fixtures.architecture, other]
    let plain = try file(Fixtures.tensors)
    let error = #expect(throws: WeightFileError.self) { try plain.resolved(against: candidates) }
    #expect("\(error, default: "")".contains("tiny and other"))
    #expect(try plain.resolved(against: candidates, variant: "other").architecture.name == "other")
    let hinted = try file(Fixtures.tensors, hint: "tiny")
    #expect(try hinted.resolved(against: candidates).architecture.name == "tiny")
  }

  @Test("the order of norm and pool tells variants of the same shapes apart")
  func order() throws {
    var other = Fixtures.architecture
    other.name = "other"
    other.layers.swapAt(1, 2)
    var layers = Fixtures.layers(roundsUp: false, softmax: true)
    layers.swapAt(2, 3)
    let file = try file(Fixtures.tensors, layers: layers)
    #expect(
      try file.resolved(against: [Fixtures.architecture, other]).architecture.name == "other")
  }

  @Test("a fully connected layer without a ReLU need not be the last")
  func noReLU() throws {
    let network = Architecture(
      name: "linear", inputSize: 2,
      layers: [.fullyConnected("a", 4, relu: false), .fullyConnected("b", 3, relu: false)])
    let tensors: [(String, [Int])] = [
      ("a.weight", [4, 12]), ("a.bias", [4]), ("b.weight", [3, 4]), ("b.bias", [3]),
    ]
    let layers: [LayerDescription] = [
      .fullyConnected(outputs: 4, inputs: 12), .fullyConnected(outputs: 3, inputs: 4), .softmax,
    ]
    #expect(try file(tensors, layers: layers).resolved(against: [network]).classCount == 3)
  }

  @Test("sizes that do not come to what the first fully connected layer reads are refused")
  func sizes() throws {
    var file = try file(
      Fixtures.tensors, layers: Fixtures.layers(roundsUp: false, softmax: false))
    #expect(try file.resolved(against: [Fixtures.architecture]).inputSize == 23)
    file.description.inputSize = 24
    let wrong = file
    file.description.inputSize = 22
    file.description.layers = Fixtures.layers(roundsUp: true, softmax: false)
    // 22 -> 10 -> 5 (4.5 rounded up) -> 2: the ONNX zoo's way to a smaller input.
    #expect(try file.resolved(against: [Fixtures.architecture]).inputSize == 22)
    file.description.layers = Fixtures.layers(roundsUp: false, softmax: false)
    let small = file
    #expect(throws: WeightFileError.self) { try small.resolved(against: [Fixtures.architecture]) }
    #expect(try wrong.resolved(against: [Fixtures.architecture]).inputSize == 24)
  }
}
