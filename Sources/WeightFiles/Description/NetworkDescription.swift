/// What a model file says about its network besides the weights. Formats that hold tensors only
/// leave all but `format` empty.
public struct NetworkDescription: Sendable, Equatable {
  public var format: WeightFileFormat

  /// The name that the file gives its network.
  public var name: String?

  /// The layers in the order in which they run; empty where the file does not tell.
  public var layers: [LayerDescription]

  /// Height and width of the (square) input in pixels.
  public var inputSize: Int?

  /// The variant that the layout itself names, where shapes alone leave two: `bvlc_alexnet` for a
  /// format that is only used for it.
  public var variantHint: String?

  /// What the file says about the values that the network reads.
  public var preprocessing: PreprocessingHints?

  public init(
    format: WeightFileFormat, name: String? = nil, layers: [LayerDescription] = [],
    inputSize: Int? = nil, variantHint: String? = nil, preprocessing: PreprocessingHints? = nil
  ) {
    self.format = format
    self.name = name
    self.layers = layers
    self.inputSize = inputSize
    self.variantHint = variantHint
    self.preprocessing = preprocessing
  }

  /// The first normalisation of the network, if it has one.
  public var normalization: LayerDescription.LocalResponseNormalization? {
    for case .normalization(let layer) in layers { return layer }
    return nil
  }
}

/// What a Caffe file's data layer says: value = (pixel - mean) * scale, channels in the order in
/// which Caffe reads images (BGR), 0 to 255.
public struct PreprocessingHints: Sendable, Equatable {
  /// One value for all channels, or one a channel; empty where the file names none.
  public var mean: [Float]
  public var scale: Float
  public var cropSize: Int?

  public init(mean: [Float], scale: Float, cropSize: Int?) {
    self.mean = mean
    self.scale = scale
    self.cropSize = cropSize
  }
}

/// A model file as it was read: its tensors and what it says about the network.
///
/// Where the file holds a graph, tensors are named by the order of their layers (`conv1.weight` to
/// `fc8.bias`); where it does not, as the file names them. ``ModelFile/resolved(against:variant:)``
/// makes an AlexNet of it.
public struct ModelFile: Sendable {
  public var weights: WeightFile
  public var description: NetworkDescription

  public init(weights: WeightFile, description: NetworkDescription) {
    self.weights = weights
    self.description = description
  }
}
