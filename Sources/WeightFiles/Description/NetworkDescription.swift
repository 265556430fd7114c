public import Architecture

/// What a model file says about its network besides the weights. Formats that hold only tensors
/// leave the layers empty.
public struct NetworkDescription: Sendable, Equatable {
  public var format: WeightFileFormat

  /// The name that the file gives its network.
  public var name: String?

  /// The layers in the order in which they run; empty where the file does not tell.
  public var layers: [LayerDescription]

  /// Height and width of the (square) input in pixels.
  public var inputSize: Int?

  /// The name of the architecture that a format or layout is only used for. It decides where the
  /// shapes of the tensors fit several.
  public var variantHint: String?

  /// The order of the axes in which the file stores weights.
  public var layout: Layout

  /// What the file says about the values that the network reads.
  public var preprocessing: PreprocessingHints?

  public init(
    format: WeightFileFormat, name: String? = nil, layers: [LayerDescription] = [],
    inputSize: Int? = nil, variantHint: String? = nil,
    layout: Layout = .outputsFirst, preprocessing: PreprocessingHints? = nil
  ) {
    self.format = format
    self.name = name
    self.layers = layers
    self.inputSize = inputSize
    self.variantHint = variantHint
    self.layout = layout
    self.preprocessing = preprocessing
  }

  /// The order of the axes of weights.
  public enum Layout: Sendable {
    /// Convolutions `[out, in / groups, height, width]`, fully connected layers `[out, in]`.
    case outputsFirst
    /// As TensorFlow reads them: convolutions `[height, width, in / groups, out]`, fully connected
    /// layers `[in, out]`.
    case outputsLast
  }

  /// The first normalisation of the network, if it has one.
  public var normalization: NormalizationSpec? {
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
/// Where the file holds a graph, tensors are named by the places of their layers in it, such as
/// "convolution 1.weight". Where it does not, they have the file's own names.
/// ``ModelFile/resolved(against:variant:)`` recognises the architecture, and names the tensors as
/// it does.
public struct ModelFile: Sendable {
  public var weights: WeightFile
  public var description: NetworkDescription

  public init(weights: WeightFile, description: NetworkDescription) {
    self.weights = weights
    self.description = description
  }
}
