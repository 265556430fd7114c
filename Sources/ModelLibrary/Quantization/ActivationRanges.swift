import Architecture
import Kernels
import Network
import Threads
import WeightFiles

/// How large the values of each layer get, over many pictures.
struct ActivationRanges {
  /// The share of pictures whose largest value a range holds: one odd picture must not make the steps
  /// of all others coarse.
  private static let share = 0.99

  private let model: Model
  private let workspace: Workspace
  private var maxima: [String: [Float]] = [:]
  private var meters: [(layer: String, meter: WinogradPointsMeter)]

  /// - Parameter model: one in float32.
  init(_ model: Model, network: Network, threads: Int) throws(NetworkError) {
    self.model = model
    meters = try network.architecture.pointLayers().map {
      ($0.name, WinogradPointsMeter($0.geometry))
    }
    workspace = Workspace(for: network, batch: 1, pool: WorkerPool(threads: threads))
  }

  /// Takes one more picture into account, prepared for the model by `write`.
  mutating func observe(_ write: (inout MutableSpan<Float>) -> Void) {
    workspace.withInput(0, write)
    workspace.forward(count: 1)
    for (layer, maximum) in workspace.layerMaxima() { maxima[layer, default: []].append(maximum) }
    for index in meters.indices {
      workspace.withLayerInput(meters[index].layer) { meters[index].meter.observe($0) }
    }
  }

  var pictures: Int { maxima.values.first?.count ?? 0 }

  /// What was measured of the inputs of convolutions, in the order of the layers.
  var points: [QuantizedForm.Points] {
    meters.map { layer, meter in
      let points = meter.points
      return QuantizedForm.Points(layer: layer, ranges: points.ranges, means: points.means)
    }
  }

  /// The ranges in the order of the layers; 1 for a layer that never gave anything.
  var ranges: [(layer: String, range: Float)] {
    model.network.architecture.calibratedLayers.map { layer in
      let sorted = (maxima[layer] ?? []).sorted()
      guard let last = sorted.indices.last else { return (layer, 1) }
      let range = sorted[min(last, Int(Double(sorted.count) * Self.share))]
      return (layer, range > 0 && range.isFinite ? range : 1)
    }
  }
}
