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
  private let output: FeatureMap
  private let grid: LayerGrid
  private let gradient: LogitGradient

  /// - Parameters:
  ///   - workspace: runs the images, as its image 0.
  ///   - layer: one of ``Architecture/explainableLayers``.
  /// - Throws: ``ExplanationError`` where the workspace keeps no map of that layer.
  init(
    _ workspace: Workspace, layer: String, pool: WorkerPool, kernels: InstructionSet
  ) throws(ExplanationError) {
    let layers = workspace.plan.parameters.architecture.layers
    guard let index = layers.firstIndex(where: { $0.name == layer }) else {
      throw .noSuchLayer(layer)
    }
    guard let output = workspace.outputMap(of: layer) else { throw .notKept(layer: layer) }
    self.output = output
    grid = LayerGrid(layers[...index])
    gradient = try LogitGradient(workspace, layer: layer, pool: pool, kernels: kernels)
  }

  /// How much of the summands' absolute values is nothing but the rounding of float32.
  private static let rounding: Float = 1e-6

  /// The map of a class for the image that the workspace ran last.
  ///
  /// - Returns: `noise`: values up to this may be rounding, where summands cancel each other.
  func map(classIndex: Int) -> (EvidenceMap, noise: Float) {
    let (values, magnitude) = Self.values(
      activations: output.channelsFirst(image: 0),
      gradients: gradient.run(classIndex: classIndex).channelsFirst(image: 0),
      channels: output.channels)
    let map = EvidenceMap(
      width: output.width, height: output.height, values: values, start: grid.start,
      step: grid.step)
    return (map, noise: Self.rounding * magnitude)
  }

  /// - Parameters:
  ///   - activations, gradients: `[channels, height, width]`.
  /// - Returns: `values`, `[height, width]`, NaN where they overflowed; and the largest sum, over
  ///   the places, of the summands' absolute values.
  static func values(
    activations: [Float], gradients: [Float], channels: Int
  ) -> (values: [Float], magnitude: Float) {
    let area = activations.count / channels
    var sums = [Double](repeating: 0, count: area)
    var magnitudes = sums
    for channel in 0..<channels {
      let first = channel * area
      var weight = 0.0
      for place in 0..<area { weight += Double(gradients[first + place]) }
      weight /= Double(area)
      if weight == 0 { continue }
      for place in 0..<area {
        let summand = weight * Double(activations[first + place])
        sums[place] += summand
        magnitudes[place] += abs(summand)
      }
    }
    return (
      sums.map { $0.isFinite ? Float(max(0, $0)) : .nan }, Float(magnitudes.max() ?? 0)
    )
  }
}
