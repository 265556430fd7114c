public import Architecture

/// One layer of a network as a model file describes it. Layers that change no value when the
/// network runs (dropout, flattening, identity) are left out.
///
/// It differs from `LayerSpec` in two ways: it can describe layers that no architecture has, and it
/// has no name.
public enum LayerDescription: Sendable, Hashable {
  /// A convolution with weights `[filters, inputsPerGroup, kernel, kernel]`, without a ReLU.
  case convolution(ConvolutionSpec, inputsPerGroup: Int)
  case relu
  case normalization(NormalizationSpec)
  /// `padding` is the number of pixels that are added above and to the left. A file can ask for
  /// sizes that are rounded up with the attribute `ceil_mode`, or with more padding below and to
  /// the right than above and to the left.
  case maxPooling(PoolingSpec, padding: Int = 0)
  /// `outputs` is nil for the layer that gives the classes in an expected description, because any
  /// number of classes is accepted.
  case fullyConnected(outputs: Int?, inputs: Int)
  case softmax
  /// A layer of another kind. The text describes it to the user.
  case other(String)
}

extension LayerDescription: CustomStringConvertible {
  public var description: String {
    switch self {
    case .convolution(let layer, let inputs):
      "convolution \(layer.filters)x\(inputs)x\(layer.kernel)x\(layer.kernel),"
        + " stride \(layer.stride), padding \(layer.padding), groups \(layer.groups)"
    case .relu: "ReLU"
    case .normalization(let layer):
      "normalisation over \(layer.size) channels (alpha \(layer.alpha), beta \(layer.beta),"
        + " k \(layer.k))"
    case .maxPooling(let layer, let padding):
      "max pooling \(layer.kernel)x\(layer.kernel), stride \(layer.stride), padding \(padding)"
        + (layer.rounding == .up ? ", sizes rounded up" : "")
    case .fullyConnected(let outputs, let inputs):
      "fully connected \(outputs.map(String.init) ?? "classes")x\(inputs)"
    case .softmax: "softmax"
    case .other(let text): text
    }
  }
}

extension LayerDescription {
  /// The height and width of this layer's output for a square input of `size`; nil if the window
  /// does not fit into the input, or if a number is too large for an image.
  func outputSize(for size: Int) -> Int? {
    switch self {
    case .convolution(let layer, _): layer.outputSize(for: size)
    case .maxPooling(let layer, let padding): layer.outputSize(for: size, padding: padding)
    default: size
    }
  }
}
