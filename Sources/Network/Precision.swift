public import Architecture
import Kernels

/// What a network computes in.
public enum Precision: Sendable, Hashable {
  /// 32-bit floating point throughout.
  case float32
  /// Fully connected layers multiply bfloat16 weights with inputs rounded to bfloat16; sums, and all
  /// other layers, are float32: in batches, convolutions by Winograd's filtering are faster than direct
  /// ones of bfloat16. Pruned layers stay as they are.
  case bfloat16
  /// 8-bit activations and weights, 32-bit sums.
  case int8(Calibration)

  /// What the fastest of the multiplications and additions are done in.
  public var arithmetic: MachinePeak.Arithmetic {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    }
  }
}

/// What 8-bit activations stand for: measured on pictures that are like those to come.
public struct Calibration: Sendable, Hashable {
  /// The input's value for a byte `p` of channel `c` is `(p - inputMean[c]) * inputScale[c]`: with the
  /// model's preprocessing, its pixels without loss.
  public var inputMean: [Float]
  public var inputScale: [Float]
  /// By layer, the value that the largest byte of its output stands for. Poolings have their input's.
  public var ranges: [String: Float]
  /// By convolution, what it must know of its input to run by Winograd's filtering; those that are not here
  /// run directly.
  public var points: [String: WinogradPoints]

  public init(
    inputMean: [Float], inputScale: [Float], ranges: [String: Float],
    points: [String: WinogradPoints] = [:]
  ) {
    precondition(inputMean.count == inputScale.count)
    self.inputMean = inputMean
    self.inputScale = inputScale
    self.ranges = ranges
    self.points = points
  }
}

extension Architecture {
  /// The layers whose ranges a ``Calibration`` must have: all that compute, but for the last.
  public var calibratedLayers: [String] {
    layers.dropLast().filter { layer in
      if case .maxPooling = layer.operation { false } else { true }
    }.map(\.name)
  }

  /// The convolutions whose ``WinogradPoints`` a ``Calibration`` should have: all that 8-bit Winograd
  /// supports.
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
