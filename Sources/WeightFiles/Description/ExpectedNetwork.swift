/// A network that weights are checked against: its layers, from which the names and shapes of its
/// tensors follow.
public struct ExpectedNetwork: Sendable {
  /// `alexnet`, `caffenet`, `bvlc_alexnet`, `torchvision`.
  public var variant: String
  /// Height and width of the input in pixels, where a file names none.
  public var inputSize: Int
  /// In the order in which they run, from the first convolution on.
  public var layers: [LayerDescription]

  public init(variant: String, inputSize: Int, layers: [LayerDescription]) {
    self.variant = variant
    self.inputSize = inputSize
    self.layers = layers
  }

  /// A tensor's name and dimensions; nil for a dimension that is the number of classes.
  public struct ExpectedTensor: Sendable {
    public let name: String
    public let dimensions: [Int?]
  }

  /// `conv1.weight`, `conv1.bias`, ... in the order of the layers.
  public var tensors: [ExpectedTensor] {
    let convolutions = layers.count { if case .convolution = $0 { true } else { false } }
    var names = LayerNames(convolutions: convolutions)
    return layers.flatMap { layer -> [ExpectedTensor] in
      switch layer {
      case .convolution(let layer):
        Self.pair(
          names.nextConvolution(),
          [layer.outputs, layer.inputsPerGroup, layer.kernel, layer.kernel])
      case .fullyConnected(let outputs, let inputs):
        Self.pair(names.nextFullyConnected(), [outputs, inputs])
      default:
        []
      }
    }
  }

  private static func pair(_ name: String, _ dimensions: [Int?]) -> [ExpectedTensor] {
    [
      ExpectedTensor(name: "\(name).weight", dimensions: dimensions),
      ExpectedTensor(name: "\(name).bias", dimensions: [dimensions[0]]),
    ]
  }
}

extension ExpectedNetwork {
  /// The four AlexNets that weights are published for.
  public static let published: [ExpectedNetwork] = [alexnet, caffenet, bvlcAlexNet, torchvision]

  /// The single column of the 2012 network, pooling before normalisation.
  public static let alexnet = ExpectedNetwork(
    variant: "alexnet", inputSize: 227,
    layers: columns(groups: 1, afterConvolution: [.maxPool(.init()), lrn]))

  /// Caffe's bvlc_reference_caffenet: pooling before normalisation.
  public static let caffenet = ExpectedNetwork(
    variant: "caffenet", inputSize: 227,
    layers: columns(groups: 2, afterConvolution: [.maxPool(.init()), lrn]))

  /// Caffe's bvlc_alexnet: normalisation before pooling.
  public static let bvlcAlexNet = ExpectedNetwork(
    variant: "bvlc_alexnet", inputSize: 227,
    layers: columns(groups: 2, afterConvolution: [lrn, .maxPool(.init())]))

  /// torchvision's AlexNet ("One weird trick for parallelizing convolutional neural networks").
  public static let torchvision = ExpectedNetwork(
    variant: "torchvision", inputSize: 224,
    layers: [
      convolution(64, 3, 11, stride: 4, padding: 2), .relu, .maxPool(.init()),
      convolution(192, 64, 5, padding: 2), .relu, .maxPool(.init()),
      convolution(384, 192, 3, padding: 1), .relu,
      convolution(256, 384, 3, padding: 1), .relu,
      convolution(256, 256, 3, padding: 1), .relu, .maxPool(.init()),
    ] + classifier)

  private static let lrn = LayerDescription.normalization(.init())

  private static let classifier: [LayerDescription] = [
    .fullyConnected(outputs: 4096, inputs: 9216), .relu,
    .fullyConnected(outputs: 4096, inputs: 4096), .relu,
    .fullyConnected(outputs: nil, inputs: 4096), .softmax,
  ]

  private static func columns(
    groups: Int, afterConvolution: [LayerDescription]
  ) -> [LayerDescription] {
    var layers = [convolution(96, 3, 11, stride: 4), .relu] + afterConvolution
    layers += [convolution(256, 96, 5, padding: 2, groups: groups), .relu] + afterConvolution
    layers += [
      convolution(384, 256, 3, padding: 1), .relu,
      convolution(384, 384, 3, padding: 1, groups: groups), .relu,
      convolution(256, 384, 3, padding: 1, groups: groups), .relu, .maxPool(.init()),
    ]
    return layers + classifier
  }

  private static func convolution(
    _ outputs: Int, _ inputs: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1
  ) -> LayerDescription {
    .convolution(
      .init(
        outputs: outputs, inputsPerGroup: inputs / groups, kernel: kernel, stride: stride,
        padding: padding, groups: groups))
  }
}
