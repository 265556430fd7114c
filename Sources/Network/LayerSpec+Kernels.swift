public import Architecture
public import Kernels

// Converts the descriptions of layers in an architecture to those that the kernels use.
// ``Architecture/summary()`` has checked the numbers.

extension Convolution.Geometry {
  public init(_ spec: ConvolutionSpec, inputChannels: Int) {
    self.init(
      inputChannels: inputChannels, filters: spec.filters, kernel: spec.kernel,
      stride: spec.stride, padding: spec.padding, groups: spec.groups)
  }
}

extension MaxPooling {
  public init(_ spec: PoolingSpec) {
    let rounding: Rounding =
      switch spec.rounding {
      case .down: .down
      case .up: .up
      }
    self.init(kernel: spec.kernel, stride: spec.stride, rounding: rounding)
  }
}

extension LocalResponseNormalization {
  public init(_ spec: NormalizationSpec) {
    self.init(
      size: spec.size, alpha: spec.alpha, beta: spec.beta, k: spec.k,
      alphaDividedBySize: spec.alphaDividedBySize)
  }
}

extension LayerSummary {
  /// The geometry of a convolution; nil for other layers.
  var convolution: Convolution.Geometry? {
    guard case .convolution(let spec) = layer.operation else { return nil }
    return Convolution.Geometry(spec, inputChannels: input.channels)
  }
}
