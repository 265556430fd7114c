import Architecture
import Kernels
import Network
import Threads

/// The gradient of a logit with respect to the network's input: for each pixel, the largest
/// absolute value over the channels, per unit of the network's input (after mean and scale).
final class InputGradient {
  private let gradient: LogitGradient

  /// - Parameter workspace: runs the images, as its image 0.
  /// - Throws: ``ExplanationError`` where the workspace does not keep the maps between the layers.
  init(
    _ workspace: Workspace, pool: WorkerPool, kernels: InstructionSet
  ) throws(ExplanationError) {
    gradient = try LogitGradient(workspace, layer: nil, pool: pool, kernels: kernels)
  }

  /// The map of a class for the image that the workspace ran last.
  func map(classIndex: Int) -> EvidenceMap {
    let map = gradient.run(classIndex: classIndex)
    let values = map.channelsFirst(image: 0)
    let area = map.height * map.width
    let largest = (0..<area).map { pixel in
      stride(from: pixel, to: values.count, by: area).reduce(0) {
        // An overflow stays one.
        values[$1].isFinite ? max($0, abs(values[$1])) : .nan
      }
    }
    return EvidenceMap(
      width: map.width, height: map.height, values: largest, start: 0.5, step: 1)
  }
}
