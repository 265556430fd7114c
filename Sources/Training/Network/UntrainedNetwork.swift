import Architecture
import Images
import Kernels
import Preprocessing
import Threads

/// A whole network with the kernels of training, which only runs forward.
final class UntrainedNetwork {
  private let trunk: TrainingTrunk
  private let head: TrainingHead
  private let preprocessing: Preprocessing

  /// - Parameter rows: all layers of the network.
  init(
    _ rows: [LayerSummary], parameters: [String: [Float]], preprocessing: Preprocessing,
    pool: WorkerPool
  ) throws(TrainingError) {
    let below = Array(rows.prefix { !$0.layer.isFullyConnected })
    let above = Array(rows.dropFirst(below.count))
    trunk = try TrainingTrunk(
      below, parameters: parameters, batch: 1, pool: pool, features: above.first?.input,
      isTrained: false)
    head = try TrainingHead(above, parameters: parameters, batch: 1, pool: pool, isTrained: false)
    self.preprocessing = preprocessing
  }

  /// What the last layer gives for a picture of the size of the network's input.
  func logits(of picture: RGBImage) -> [Float] {
    trunk.withInput(0) { input in preprocessing.normalize(picture, into: &input) }
    trunk.forward(images: 1, into: head.input, isTraining: false)
    return head.forward(images: 1, dropoutSeed: nil).values(row: 0)
  }
}
