import Architecture
import Kernels
import Network
import Threads

/// Grad-CAM: the channels of a layer, each weighted with the mean of the logit's gradient over its
/// places, added up, and what is below 0 set to 0.
///
/// Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
/// localization", 2017, equations 1 and 2. At a pooling or convolution the activations are those
/// after the ReLU.
final class GradCAM {
  private let layer: String
  private let grid: LayerGrid
  private let gradient: LogitGradient

  /// - Parameter layer: one of ``Architecture/explainableLayers``.
  init(_ parameters: Parameters, layer: String, pool: WorkerPool, kernels: InstructionSet) {
    let layers = parameters.architecture.layers
    let index = layers.firstIndex { $0.name == layer } ?? 0
    self.layer = layer
    grid = LayerGrid(layers[...index])
    gradient = LogitGradient(parameters, layer: layer, pool: pool, kernels: kernels)
  }

  /// The map of a class for image 0 of the workspace, which must have run.
  func map(_ workspace: Workspace, classIndex: Int) -> EvidenceMap {
    guard let output = workspace.outputMap(of: layer) else {
      preconditionFailure("the network has no map of \(layer)")
    }
    let values = Self.values(
      activations: output.channelsFirst(image: 0),
      gradients: gradient.run(workspace, classIndex: classIndex).channelsFirst(image: 0),
      channels: output.channels)
    return EvidenceMap(
      width: output.width, height: output.height, values: values, start: grid.start,
      step: grid.step)
  }

  /// - Parameters:
  ///   - activations, gradients: `[channels, height, width]`.
  /// - Returns: `[height, width]`.
  static func values(activations: [Float], gradients: [Float], channels: Int) -> [Float] {
    let area = activations.count / channels
    var sums = [Double](repeating: 0, count: area)
    for channel in 0..<channels {
      let first = channel * area
      var weight = 0.0
      for place in 0..<area { weight += Double(gradients[first + place]) }
      weight /= Double(area)
      if weight == 0 { continue }
      for place in 0..<area { sums[place] += weight * Double(activations[first + place]) }
    }
    return sums.map { Float(max(0, $0)) }
  }
}
