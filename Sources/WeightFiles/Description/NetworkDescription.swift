public import Architecture

/// What a model file says about its network besides the weights. Formats that hold only tensors
/// leave the layers empty.
public struct NetworkDescription: Sendable, Equatable {
  public var format: WeightFileFormat

  /// The name that the file gives its network.
  public var name: String?

  /// The layers in the order in which they run; empty if the file does not describe them.
  public var layers: [LayerDescription]

  /// Height and width of the (square) input in pixels.
  public var inputSize: Int?

  /// The name of an architecture, if the file's format or layout is used for that one only. It
  /// decides if the shapes of the tensors fit several architectures.
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
    /// TensorFlow's order: convolutions `[height, width, in / groups, out]`, fully connected layers
    /// `[in, out]`.
    case outputsLast
  }

  /// The first normalisation of the network, if it has one.
  public var normalization: NormalizationSpec? {
    for case .normalization(let layer) in layers { return layer }
    return nil
  }
}

/// The preprocessing in the data layer of a Caffe file: value = (pixel - mean) * scale. Channels
/// are in the order BGR, and pixels are 0 to 255.
public struct PreprocessingHints: Sendable, Equatable {
  /// One value for all channels, or one for each channel; empty if the file has none.
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
/// If the file holds a graph, tensors are named by the places of their layers in it, such as
/// "convolution 1.weight". Otherwise they have the names from the file.
/// ``ModelFile/resolved(against:variant:)`` recognises the architecture, and gives the tensors its
/// names.
public struct ModelFile: Sendable {
  public var weights: WeightFile
  public var description: NetworkDescription

  public init(weights: WeightFile, description: NetworkDescription) {
    self.weights = weights
    self.description = description
  }
}
