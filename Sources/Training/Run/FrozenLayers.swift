import Classification
import Images
import Network
import Preprocessing
import Threads

/// Runs pictures through layers that are not trained, with the kernels of classification.
final class FrozenLayers {
  private let pass: NetworkPass

  /// - Parameters:
  ///   - layer: the name of the last layer to run, which must be one of the network's.
  ///   - batch: the most pictures that run together.
  init(
    _ parameters: Parameters, through layer: String, precision: Precision,
    preprocessing: Preprocessing, batch: Int, pool: WorkerPool
  ) {
    let plan = Plan(
      parameters, through: layer, strategy: .best(forBatch: batch), precision: precision,
      pool: pool)
    pass = NetworkPass(
      Workspace(for: plan, batch: batch, pool: pool), preprocessing, Workspace.values)
  }

  /// The outputs of the last layer for each picture.
  ///
  /// - Parameter pictures: of the size of the network's input, at most as many as run together.
  func features(of pictures: [RGBImage]) -> [[Float]] {
    for (index, picture) in pictures.enumerated() { pass.write(picture, to: index) }
    pass.forward(count: pictures.count)
    return pictures.indices.map(pass.values)
  }
}
