public import Architecture

/// Chooses how to train from the size of the data and from what there is to begin with, so that
/// nobody has to.
public struct TrainingDefaults {
  public var architecture: Architecture
  /// The photos to learn from.
  public var photos: Int
  /// Random weights, rather than those of a model that has learned other classes.
  public var isFromScratch: Bool
  /// How many layers must stay as they are; nil leaves the choice.
  public var frozenLayers: Int?
  /// Whether the last layer has learned nothing, unlike the others.
  public var hasNewLastLayer: Bool

  private var layers: Int { architecture.layers.count }

  public init(
    architecture: Architecture, photos: Int, isFromScratch: Bool, frozenLayers: Int? = nil,
    hasNewLastLayer: Bool = true
  ) {
    self.architecture = architecture
    self.photos = photos
    self.isFromScratch = isFromScratch
    self.frozenLayers = frozenLayers
    self.hasNewLastLayer = hasNewLastLayer
  }

  /// The stages, one after the other.
  public var stages: [TrainingStage] {
    if isFromScratch { return [fromScratch] }
    // First only the last layer; then all, if that helps.
    guard let frozenLayers else { return [fit(layers - 1), whole] }
    var stage = frozenLayers > 0 ? fit(frozenLayers) : whole
    if hasNewLastLayer, frozenLayers < layers - 1 {
      // The others have learned most of what they need.
      stage.lastLayerRateFactor = 10
    }
    return [stage]
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

  private var fromScratch: TrainingStage {
    var stage = TrainingStage(
      frozenLayers: 0, epochs: epochs(total: 60_000, 20...90),
      schedule: Schedule(rate: 0.02, warmUp: 0.05))
    stage.batchNormalization = true
    stage.sizes = growingSizes
    return stage
  }

  /// The network's own size, and before it 0.72 and 0.58 of it, so that the same pixels at the edge
  /// remain for the windows of the first layer. Sizes that are too small for the network are left
  /// out.
  private var growingSizes: [Int] {
    let own = architecture.inputSize
    guard case .convolution(let first) = architecture.layers.first?.operation else { return [own] }
    let smaller = [0.58, 0.72].map { share in
      let less = (1 - share) * Double(own)
      return own - Int((less / Double(first.stride)).rounded(.up)) * first.stride
    }
    return smaller.filter { architecture.accepts(inputSize: $0) } + [own]
  }
}
