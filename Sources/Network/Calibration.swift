public import Architecture
public import Kernels

/// The ranges of 8-bit activations, measured on pictures that are similar to those to classify.
public struct Calibration: Sendable, Hashable {
  /// For each channel `c`, a byte `p` of the input stands for `(p - inputMean[c]) * inputScale[c]`.
  /// If these are the mean and the scale of the model's preprocessing, the bytes are the pixels.
  public var inputMean: [Float]
  public var inputScale: [Float]
  /// The value that the largest byte of a layer's output stands for, by the name of the layer. A
  /// pooling has the range of its input.
  public var ranges: [String: Float]
  /// The ranges and means of a convolution's input that Winograd's algorithm needs, by the name of
  /// the convolution. Convolutions without an entry are computed directly.
  public var points: [String: WinogradPoints]

  public init(
    inputMean: [Float], inputScale: [Float], ranges: [String: Float],
    points: [String: WinogradPoints] = [:]
  ) {
    self.inputMean = inputMean
    self.inputScale = inputScale
    self.ranges = ranges
    self.points = points
  }
}

extension Architecture {
  /// The layers whose ranges a ``Calibration`` must have: all that compute, except the last.
  public var calibratedLayers: [String] {
    layers.dropLast().filter { layer in
      if case .maxPooling = layer.operation { false } else { true }
    }.map(\.name)
  }

  /// The convolutions whose ``WinogradPoints`` a ``Calibration`` should have: all those that 8-bit
  /// Winograd supports.
  public func pointLayers() throws(NetworkError) -> [(name: String, geometry: Convolution.Geometry)]
  {
    try checkedSummary().compactMap { row in
      guard let geometry = row.convolution, QuantizedWinogradConvolution.supports(geometry) else {
        return nil
      }
      return (row.layer.name, geometry)
    }
  }
}
