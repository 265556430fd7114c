public import Architecture

/// How the evidence for a class is found.
public enum ExplanationMethod: Sendable, Hashable {
  /// Grad-CAM at a convolution or pooling of this name. See ``GradCAM``.
  case gradCAM(layer: String)
  /// Square windows of the network's input are covered one after the other. See ``Occlusion``.
  case occlusion(OcclusionWindows)
  /// The gradient with respect to the network's input: of each pixel the largest absolute value
  /// over the colour channels (Simonyan, Vedaldi and Zisserman, "Deep inside convolutional
  /// networks", 2013, section 3.1).
  case gradient
}

/// The windows that occlusion covers, in pixels of the network's input.
public struct OcclusionWindows: Sendable, Hashable {
  /// Height and width of a window.
  public var size: Int
  /// From one window to the next.
  public var stride: Int

  public init(size: Int, stride: Int) {
    precondition(size > 0 && stride > 0)
    self.size = size
    self.stride = stride
  }

  /// Where the windows begin along one axis of an input of `length` pixels: regularly, from one end
  /// to the other. Where the stride is larger than the window, there are gaps between them. The
  /// first one may begin before the input, and the last one may end behind it, by equal parts.
  package func starts(length: Int) -> [Int] {
    let steps = max(0, length - size + stride - 1) / stride
    let overhang = max(0, steps * stride + size - length)
    return (0...steps).map { $0 * stride - overhang / 2 }
  }
}

extension Architecture {
  /// The layers for which Grad-CAM makes sense: convolutions and poolings, in their order.
  public var explainableLayers: [String] {
    layers.filter { layer in
      switch layer.operation {
      case .convolution, .maxPooling: true
      case .normalization, .fullyConnected: false
      }
    }.map(\.name)
  }

  /// The layer that Grad-CAM usually explains: the last convolution.
  public var lastConvolution: String? {
    layers.last { if case .convolution = $0.operation { true } else { false } }?.name
  }
}
