/// Chooses how to train from the size of the data and from what there is to begin with, so that
/// nobody has to.
public struct TrainingDefaults {
  /// The layers of the network.
  public var layers: Int
  /// The photos to learn from.
  public var photos: Int
  /// Random weights, rather than those of a model that has learned other classes.
  public var isFromScratch: Bool
  /// How many layers must stay as they are; nil leaves the choice.
  public var frozenLayers: Int?

  public init(layers: Int, photos: Int, isFromScratch: Bool, frozenLayers: Int?) {
    self.layers = layers
    self.photos = photos
    self.isFromScratch = isFromScratch
    self.frozenLayers = frozenLayers
  }

  /// The stages, and why they were chosen, in a line each.
  public var stages: (stages: [TrainingStage], reasons: [String]) {
    if isFromScratch { return fromScratch }
    if let frozenLayers {
      guard frozenLayers > 0 else { return ([whole], []) }
      return ([fit(frozenLayers)], [])
    }
    return (
      [fit(layers - 1), whole],
      [
        "first only the last layer is fitted, with the outputs of the others kept for several "
          + "views of each photo; then all layers are trained on, if that helps"
      ]
    )
  }

  /// Epochs so that about as many photos are seen as `total`, in these bounds.
  private func epochs(total: Int, _ bounds: ClosedRange<Int>) -> Int {
    min(max(total / max(1, photos), bounds.lowerBound), bounds.upperBound)
  }

  /// Only layers above the first `frozen` ones.
  private func fit(_ frozen: Int) -> TrainingStage {
    var stage = TrainingStage(
      frozenLayers: frozen, epochs: epochs(total: 30_000, 10...60),
      schedule: Schedule(rate: 0.005, warmUp: 0.05))
    stage.views = min(8, max(1, 8000 / max(1, photos)))
    return stage
  }

  /// All layers, at a small rate.
  private var whole: TrainingStage {
    var stage = TrainingStage(
      frozenLayers: 0, epochs: epochs(total: 20_000, 3...30),
      schedule: Schedule(rate: 0.002, warmUp: 0.1))
    stage.patience = max(4, stage.epochs / 3)
    return stage
  }

  private var fromScratch: (stages: [TrainingStage], reasons: [String]) {
    var stage = TrainingStage(
      frozenLayers: 0, epochs: epochs(total: 60_000, 20...90),
      schedule: Schedule(rate: 0.02, warmUp: 0.05))
    stage.batchNormalization = true
    return (
      [stage],
      ["batch normalisation while training, which is folded into the weights at the end"]
    )
  }
}
