import Kernels

/// One layer of an architecture, as a row of the published table says it.
public struct LayerSpec: Sendable, Hashable {
  public enum Operation: Sendable, Hashable {
    /// A convolution with square windows, followed by ReLU.
    case convolution(filters: Int, kernel: Int, stride: Int, padding: Int, groups: Int)
    case maxPooling(MaxPooling)
    case normalization(LocalResponseNormalization)
    /// `dropout` is the share of outputs that training drops; inference ignores it.
    case fullyConnected(outputs: Int, relu: Bool, dropout: Double)
  }

  /// The name that the layer's tensors carry, such as `conv1`.
  public var name: String
  public var operation: Operation

  public init(_ name: String, _ operation: Operation) {
    self.name = name
    self.operation = operation
  }
}

// Short forms, so that an architecture reads like its table.
extension LayerSpec {
  static func convolution(
    _ name: String, _ filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1
  ) -> LayerSpec {
    LayerSpec(
      name,
      .convolution(
        filters: filters, kernel: kernel, stride: stride, padding: padding, groups: groups))
  }

  static func maxPooling(_ name: String, kernel: Int = 3, stride: Int = 2) -> LayerSpec {
    LayerSpec(name, .maxPooling(MaxPooling(kernel: kernel, stride: stride)))
  }

  static func normalization(_ name: String) -> LayerSpec {
    LayerSpec(name, .normalization(LocalResponseNormalization()))
  }

  static func fullyConnected(
    _ name: String, _ outputs: Int, relu: Bool = true, dropout: Double = 0
  ) -> LayerSpec {
    LayerSpec(name, .fullyConnected(outputs: outputs, relu: relu, dropout: dropout))
  }
}
