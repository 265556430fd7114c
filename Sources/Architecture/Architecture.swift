/// A network as data: the size of its input and the list of its layers.
///
/// Everything else that other rooms must know about a network follows from this list: the shapes of
/// activations and weights, the names of the tensors, and which layer gives the classes.
public struct Architecture: Sendable, Hashable {
  /// The name on the command line and in metadata, such as `caffenet`.
  public var name: String
  /// Height and width of the input picture, in pixels.
  public var inputSize: Int
  /// How pictures are usually prepared for weights of this architecture.
  public var preprocessing: UsualPreprocessing
  /// The layers in the order in which they run.
  public var layers: [LayerSpec]

  /// The number of colour channels of the input picture.
  public static let inputChannels = 3

  public init(
    name: String, inputSize: Int, preprocessing: UsualPreprocessing = .alexnet,
    layers: [LayerSpec]
  ) {
    self.name = name
    self.inputSize = inputSize
    self.preprocessing = preprocessing
    self.layers = layers
  }

  /// The one of the `known` architectures that has this name.
  public init?(named name: String, among known: [Architecture] = Architecture.all) {
    guard let match = known.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// How pictures are usually prepared for a network. The names are those of the presets that a user
/// can choose from; the steps themselves are in the room that prepares pictures.
public enum UsualPreprocessing: String, Sendable, Hashable, CaseIterable {
  /// Short side to 256 pixels and a crop from the middle, RGB, minus ImageNet's channel means.
  case alexnet
  /// As Caffe's own models: squashed to 256 x 256 pixels, a crop from the middle, BGR.
  case caffe
  /// As torchvision's models: short side to 256 pixels, a crop from the middle, RGB divided by
  /// ImageNet's deviations.
  case torchvision
  /// As the models of the ONNX model zoo: squashed to the input's size, BGR.
  case onnxZoo = "onnx-zoo"
}

// MARK: - What follows from the layers

extension Architecture {
  /// The layer whose outputs are the classes: the last fully connected one.
  public var classLayer: LayerSpec? { layers.last(where: \.isFullyConnected) }

  /// The layer whose values describe a picture if no other is asked for: the fully connected layer
  /// before the one that gives the classes, or where there is none, any layer before it.
  public var featureLayer: LayerSpec? {
    guard let classes = layers.lastIndex(where: \.isFullyConnected) else { return layers.last }
    let before = layers[..<classes]
    return before.last(where: \.isFullyConnected) ?? before.last ?? layers[classes]
  }

  /// The number of classes.
  public var classCount: Int {
    guard case .fullyConnected(let outputs, _, _) = classLayer?.operation else { return 0 }
    return outputs
  }

  /// The names of the fully connected layers, in their order.
  public var fullyConnectedLayers: [String] { layers.filter(\.isFullyConnected).map(\.name) }
}

extension LayerSpec {
  /// Whether every output of the layer reads all of its inputs.
  public var isFullyConnected: Bool {
    if case .fullyConnected = operation { true } else { false }
  }
}

// MARK: - Changes

extension Architecture {
  /// The same network with another number of classes.
  public func withClasses(_ count: Int) -> Architecture {
    var changed = self
    guard let index = layers.lastIndex(where: \.isFullyConnected),
      case .fullyConnected(_, let relu, let dropout) = layers[index].operation
    else { return self }
    changed.layers[index].operation = .fullyConnected(
      outputs: count, relu: relu, dropout: dropout)
    return changed
  }

  /// The same network with the parameters of all its normalisations replaced.
  public func withNormalization(_ parameters: NormalizationSpec) -> Architecture {
    mapOperations { operation in
      if case .normalization = operation { .normalization(parameters) } else { operation }
    }
  }

  /// The same network with the output sizes of all its poolings rounded up or down.
  public func withPoolingRounded(_ rounding: PoolingSpec.Rounding) -> Architecture {
    mapOperations { operation in
      guard case .maxPooling(var pooling) = operation else { return operation }
      pooling.rounding = rounding
      return .maxPooling(pooling)
    }
  }

  private func mapOperations(
    _ transform: (LayerSpec.Operation) -> LayerSpec.Operation
  ) -> Architecture {
    var changed = self
    for index in layers.indices {
      changed.layers[index].operation = transform(layers[index].operation)
    }
    return changed
  }
}
