public import Architecture
public import Kernels

/// What 8-bit activations stand for, measured on pictures that are like those to come.
public struct Calibration: Sendable, Hashable {
  /// By channel: the input's value for a byte `p` is `(p - inputMean[c]) * inputScale[c]`. Where
  /// these are the mean and the scale of the model's preprocessing, the bytes are its pixels.
  public var inputMean: [Float]
  public var inputScale: [Float]
  /// By layer, the value that the largest byte of its output stands for. A pooling has the range of
  /// its input.
  public var ranges: [String: Float]
  /// By convolution, what Winograd's filtering must know of its input. Convolutions that are
  /// missing here are computed directly.
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
