/// One layer of a network as a model file describes it. Layers that change nothing when a network
/// runs (dropout, flattening, identity) are left out.
public enum LayerDescription: Sendable, Hashable {
  case convolution(Convolution)
  case relu
  case normalization(LocalResponseNormalization)
  case maxPool(Pool)
  /// - outputs: nil in an ``ExpectedNetwork``, where any number of classes will do.
  case fullyConnected(outputs: Int?, inputs: Int)
  case softmax
  /// A layer that no AlexNet has, in words.
  case other(String)

  /// A square convolution with weights `[outputs, inputs / groups, kernel, kernel]`.
  public struct Convolution: Sendable, Hashable {
    public var outputs: Int
    public var inputsPerGroup: Int
    public var kernel: Int
    public var stride: Int
    public var padding: Int
    public var groups: Int

    public init(
      outputs: Int, inputsPerGroup: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
      groups: Int = 1
    ) {
      self.outputs = outputs
      self.inputsPerGroup = inputsPerGroup
      self.kernel = kernel
      self.stride = stride
      self.padding = padding
      self.groups = groups
    }
  }

  /// Across channels: `x / (k + alpha / size * sum of squares)^beta`, with alpha divided by the
  /// size as Caffe, ONNX and PyTorch all do it.
  public struct LocalResponseNormalization: Sendable, Hashable {
    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var k: Float

    public init(size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
      self.size = size
      self.alpha = alpha
      self.beta = beta
      self.k = k
    }
  }

  /// A square window whose positions may reach past the lower and right edges.
  public struct Pool: Sendable, Hashable {
    public var window: Int
    public var stride: Int
    /// Pixels added above and to the left.
    public var padding: Int
    /// Whether an output size that is no whole number is rounded up, by `ceil_mode` or by more
    /// padding below and to the right than above and to the left.
    public var roundsUp: Bool

    public init(window: Int = 3, stride: Int = 2, padding: Int = 0, roundsUp: Bool = false) {
      self.window = window
      self.stride = stride
      self.padding = padding
      self.roundsUp = roundsUp
    }
  }
}

extension LayerDescription: CustomStringConvertible {
  public var description: String {
    switch self {
    case .convolution(let layer):
      "convolution \(layer.outputs)x\(layer.inputsPerGroup)x\(layer.kernel)x\(layer.kernel),"
        + " stride \(layer.stride), padding \(layer.padding), groups \(layer.groups)"
    case .relu: "ReLU"
    case .normalization(let layer):
      "normalisation over \(layer.size) channels (alpha \(layer.alpha), beta \(layer.beta),"
        + " k \(layer.k))"
    case .maxPool(let layer):
      "max pooling \(layer.window)x\(layer.window), stride \(layer.stride), padding"
        + " \(layer.padding)" + (layer.roundsUp ? ", sizes rounded up" : "")
    case .fullyConnected(let outputs, let inputs):
      "fully connected \(outputs.map(String.init) ?? "classes")x\(inputs)"
    case .softmax: "softmax"
    case .other(let text): text
    }
  }
}

extension LayerDescription {
  /// The size of this layer's output for a square input of `size`; nil where nothing fits.
  func outputSize(for size: Int) -> Int? {
    switch self {
    case .convolution(let layer):
      return Self.extent(
        size, window: layer.kernel, stride: layer.stride, padding: layer.padding, roundsUp: false)
    case .maxPool(let layer):
      return Self.extent(
        size, window: layer.window, stride: layer.stride, padding: layer.padding,
        roundsUp: layer.roundsUp)
    default:
      return size
    }
  }

  private static func extent(
    _ size: Int, window: Int, stride: Int, padding: Int, roundsUp: Bool
  ) -> Int? {
    // Far beyond any image, and small enough that no sum below can overflow.
    let limit = 1 << 20
    guard size > 0, window > 0, stride > 0, padding >= 0, size < limit, window < limit,
      stride < limit, padding < limit
    else { return nil }
    let room = size + 2 * padding - window
    guard room >= 0 else { return nil }
    return (roundsUp ? (room + stride - 1) / stride : room / stride) + 1
  }
}
