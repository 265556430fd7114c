import Architecture
import Kernels
import Network
import WeightFiles

/// How large the values of each layer get, over many images.
struct ActivationRanges: Sendable {
  /// The share of images whose largest value lies in a layer's range. It is less than 1, because
  /// one unusual image would make the steps between 8-bit values coarser for all others.
  private static let share = 0.99

  private let layers: [String]
  private var maxima: [String: [Float]] = [:]
  private var meters: [(layer: String, meter: WinogradPointsMeter)]
  private(set) var images = 0

  init(_ architecture: Architecture) throws(NetworkError) {
    layers = architecture.calibratedLayers
    meters = try architecture.pointLayers().map { ($0.name, WinogradPointsMeter($0.geometry)) }
  }

  /// Takes into account what the layers gave for the image that `workspace` ran last.
  mutating func observe(_ workspace: Workspace) {
    images += 1
    for (layer, maximum) in workspace.layerMaxima() { maxima[layer, default: []].append(maximum) }
    for index in meters.indices {
      workspace.withLayerInput(meters[index].layer) { meters[index].meter.observe($0) }
    }
  }

  /// What was measured of the inputs of convolutions, in the order of the layers.
  var points: [QuantizedForm.Points] {
    meters.map { layer, meter in
      let points = meter.points
      return QuantizedForm.Points(layer: layer, ranges: points.ranges, means: points.means)
    }
  }

  /// The ranges in the order of the layers; 1 for a layer whose outputs were never above 0.
  var ranges: [(layer: String, range: Float)] {
    layers.map { layer in
      let sorted = (maxima[layer] ?? []).sorted()
      guard let last = sorted.indices.last else { return (layer, 1) }
      let range = sorted[min(last, Int(Double(sorted.count) * Self.share))]
      return (layer, range > 0 && range.isFinite ? range : 1)
    }
  }
}
