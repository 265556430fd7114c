public import Architecture
import Kernels

/// The scales of the bytes between the layers. They come from a calibration, which is checked
/// against the architecture.
public struct Quantization: Sendable, Hashable {
  public let architecture: Architecture
  public let calibration: Calibration
  /// One for each of the architecture's layers.
  let scales: [LayerScales]

  /// The scales of the bytes that a layer reads and writes: the value of one step.
  struct LayerScales: Sendable, Hashable {
    let input: Float
    let output: Float
    /// Whether the layer reads pixels, which have a different mean and scale in each channel. In
    /// that case, `input` is 1.
    let readsPixels: Bool
  }

  /// - Throws: ``NetworkError/notCalibrated(_:)`` naming the layers without a usable range,
  ///   ``NetworkError/notQuantizable(_:reason:)`` where a layer cannot compute in 8 bits or its
  ///   numbers do not fit.
  public init(
    _ calibration: Calibration, for architecture: Architecture
  ) throws(NetworkError) {
    self.architecture = architecture
    self.calibration = calibration
    let uncalibrated = architecture.calibratedLayers.filter { layer in
      !(calibration.ranges[layer].map { $0 > 0 && ($0 / 255).isNormal } ?? false)
    }
    guard uncalibrated.isEmpty else { throw .notCalibrated(uncalibrated) }
    let channels = Architecture.inputChannels
    guard calibration.inputMean.count == channels, calibration.inputScale.count == channels,
      calibration.inputMean.allSatisfy(\.isFinite),
      calibration.inputScale.allSatisfy({ $0.isNormal && $0 > 0 })
    else {
      throw .notQuantizable(
        "input", reason: "a pixel needs \(channels) finite means and positive scales")
    }
    var scales: [LayerScales] = []
    var input = (scale: Float(1), isPixels: true)
    for row in try architecture.checkedSummary() {
      let output = try Self.output(of: row, reading: input, calibration)
      scales.append(
        LayerScales(input: input.scale, output: output.scale, readsPixels: input.isPixels))
      input = output
    }
    self.scales = scales
  }

  /// Whether the network's input bytes are the pixels themselves, given that its input values are
  /// `(pixel - mean[c]) * scale[c]`.
  public func bytesArePixels(mean: [Float], scale: [Float]) -> Bool {
    calibration.inputMean == mean && calibration.inputScale == scale
  }

  /// The pixel whose values are nearest to 0 after preprocessing: the rounded mean. It fills the
  /// border of a padded picture.
  var zeroPixel: [UInt8] { calibration.inputMean.map { UInt8(max(0, min(255, $0.rounded()))) } }

  /// The value of one step of the bytes that the first `count` layers of the network give.
  func trunkScale(layers count: Int) -> Float { count > 0 ? scales[count - 1].output : 1 }

  /// The value of one step of a layer's output.
  private static func output(
    of row: LayerSummary, reading input: (scale: Float, isPixels: Bool), _ calibration: Calibration
  ) throws(NetworkError) -> (scale: Float, isPixels: Bool) {
    let name = row.layer.name
    // The last layer, which gives float32, has no range.
    let scale = (calibration.ranges[name] ?? 255) / 255
    switch row.layer.operation {
    case .maxPooling:
      return input
    case .convolution:
      if let geometry = row.convolution { try check(geometry, name, input.isPixels, calibration) }
      return (scale, false)
    case .normalization:
      try refusePixels(name, input.isPixels)
      // Steps a little smaller than the input's would shift most small values the same way: 17
      // steps of 1.03 round to 17 steps of 1.
      return (scale < 0.75 * input.scale ? scale : input.scale, false)
    case .fullyConnected:
      try refusePixels(name, input.isPixels)
      return (scale, false)
    }
  }

  private static func refusePixels(_ name: String, _ readsPixels: Bool) throws(NetworkError) {
    guard !readsPixels else {
      throw .notQuantizable(name, reason: "in 8 bits a convolution must read the pixels")
    }
  }

  private static func check(
    _ geometry: Convolution.Geometry, _ name: String, _ readsPixels: Bool,
    _ calibration: Calibration
  ) throws(NetworkError) {
    guard QuantizedConvolution.supports(geometry) else {
      throw .notQuantizable(name, reason: "the channels of its groups are not a multiple of four")
    }
    guard !readsPixels, let points = calibration.points[name] else { return }
    guard QuantizedWinogradConvolution.supports(geometry),
      points.means.count == geometry.inputChannels,
      points.ranges.count
        == WinogradPoints.products(window: geometry.kernel) * geometry.inputChannels
    else { throw .notQuantizable(name, reason: "its measured points have another shape") }
  }
}
