import Classification
import Images
import Network
import Preprocessing
import Threads

/// Runs pictures through layers that are not trained, as `alexnet features` does.
final class FrozenLayers {
  private let pass: NetworkPass
  private let batch: Int

  /// - Parameters:
  ///   - layer: the last layer to run, which must be one of the network's.
  ///   - batch: how many pictures run together.
  init(
    _ parameters: Parameters, through layer: String, precision: Precision,
    preprocessing: Preprocessing, batch: Int, pool: WorkerPool
  ) {
    let plan = Plan(
      parameters, through: layer, strategy: .best(forBatch: batch), precision: precision,
      pool: pool)
    pass = NetworkPass(
      Workspace(for: plan, batch: batch, pool: pool), preprocessing, Workspace.values)
    self.batch = batch
  }

  /// The features of each picture.
  ///
  /// - Parameter pictures: of the size of the network's input.
  func features(of pictures: [RGBImage]) -> [[Float]] {
    var features: [[Float]] = []
    for first in stride(from: 0, to: pictures.count, by: batch) {
      let part = pictures[first..<min(first + batch, pictures.count)]
      for (index, picture) in part.enumerated() { pass.write(picture, to: index) }
      pass.forward(count: part.count)
      features += part.indices.map { pass.values($0 - first) }
    }
    return features
  }
}
