import Architecture
import Images
import Kernels
import Preprocessing
import Threads

/// Runs pictures through layers that are not trained.
final class FrozenLayers {
  /// Values of one picture.
  let length: Int
  private let trunk: TrainingTrunk
  /// Nil where the features are those of the last layer of the trunk.
  private let head: TrainingHead?
  private let features: Matrix
  private let preprocessing: Preprocessing
  private let batch: Int

  /// - Parameter rows: the layers, from the first one on; at least one.
  init(
    _ rows: [LayerSummary], parameters: [String: [Float]], preprocessing: Preprocessing,
    batch: Int, pool: WorkerPool
  ) throws(TrainingError) {
    let below = Array(rows.prefix { !$0.layer.isFullyConnected })
    let above = Array(rows.dropFirst(below.count))
    trunk = try TrainingTrunk(
      below, parameters: parameters, batch: batch, pool: pool, features: above.first?.input,
      isTrained: false)
    head =
      above.isEmpty
      ? nil
      : try TrainingHead(
        above, parameters: parameters, batch: batch, pool: pool, isTrained: false)
    features =
      head?.input ?? Matrix(rows: batch, columns: below.last?.output.count ?? 1)
    length = rows.last?.output.count ?? 1
    self.preprocessing = preprocessing
    self.batch = batch
  }

  /// The features of each picture.
  ///
  /// - Parameter pictures: of the size of the network's input, at most `batch`.
  func features(of pictures: [RGBImage]) -> [[Float]] {
    precondition(pictures.count <= batch)
    for (index, picture) in pictures.enumerated() {
      trunk.withInput(index) { input in preprocessing.normalize(picture, into: &input) }
    }
    trunk.forward(images: pictures.count, into: features, isTraining: false)
    let values = head?.forward(images: pictures.count, dropoutSeed: nil) ?? features
    return pictures.indices.map { values.values(row: $0) }
  }
}
