/// One layer of an architecture: a row of the published table.
public struct LayerSpec: Sendable, Hashable {
  public enum Operation: Sendable, Hashable {
    /// A convolution, followed by ReLU.
    case convolution(ConvolutionSpec)
    case maxPooling(PoolingSpec)
    case normalization(NormalizationSpec)
    /// `dropout` is the share of the layer's inputs that training sets to 0; inference ignores it.
    case fullyConnected(outputs: Int, relu: Bool, dropout: Double)
  }

  /// The name of the layer, such as `conv1`. The names of its tensors begin with it.
  public var name: String
  public var operation: Operation

  public init(_ name: String, _ operation: Operation) {
    self.name = name
    self.operation = operation
  }
}

/// A convolution with square windows.
public struct ConvolutionSpec: Sendable, Hashable {
  /// The number of output channels.
  public var filters: Int
  /// Height and width of the window.
  public var kernel: Int
  public var stride: Int
  /// Zeros added on each of the four sides.
  public var padding: Int
  /// The number of groups that input and output channels are divided into. Filters of a group read
  /// the input channels of that group only.
  public var groups: Int

  public init(filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }
}

/// Maximum over square windows.
public struct PoolingSpec: Sendable, Hashable {
  /// How the size of the output is rounded where the windows do not fit evenly.
  public enum Rounding: String, Sendable, Hashable {
    /// Windows that would reach past the edge are left out (PyTorch).
    case down
    /// One more window, cut off at the edge (Caffe).
    case up
  }

  /// Height and width of the window.
  public var kernel: Int
  public var stride: Int
  public var rounding: Rounding

  public init(kernel: Int = 3, stride: Int = 2, rounding: Rounding = .down) {
    self.kernel = kernel
    self.stride = stride
    self.rounding = rounding
  }
}

/// Local response normalisation across channels (Krizhevsky, Sutskever and Hinton 2012, section
/// 3.3): `b = a * (k + alpha * sum of a^2 over size neighbouring channels) ^ -beta`.
public struct NormalizationSpec: Sendable, Hashable {
  /// The number of neighbouring channels in the sum, with the channel itself in the middle: an odd
  /// number.
  public var size: Int
  public var alpha: Float
  public var beta: Float
  public var k: Float
  /// Whether `alpha` is divided by `size`. Caffe, ONNX and PyTorch do that; the paper does not.
  public var alphaDividedBySize: Bool

  public init(
    size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1,
    alphaDividedBySize: Bool = true
  ) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
    self.alphaDividedBySize = alphaDividedBySize
  }
}

// Short forms, so that an architecture reads like its published table.
extension LayerSpec {
  public static func convolution(
    _ name: String, _ filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1
  ) -> LayerSpec {
    LayerSpec(
      name,
      .convolution(
        ConvolutionSpec(
          filters: filters, kernel: kernel, stride: stride, padding: padding, groups: groups)))
  }

  public static func maxPooling(_ name: String, kernel: Int = 3, stride: Int = 2) -> LayerSpec {
    LayerSpec(name, .maxPooling(PoolingSpec(kernel: kernel, stride: stride)))
  }

  public static func normalization(_ name: String) -> LayerSpec {
    LayerSpec(name, .normalization(NormalizationSpec()))
  }

  public static func fullyConnected(
    _ name: String, _ outputs: Int, relu: Bool = true, dropout: Double = 0
  ) -> LayerSpec {
    LayerSpec(name, .fullyConnected(outputs: outputs, relu: relu, dropout: dropout))
  }
}
