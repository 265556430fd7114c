import Architecture

/// Pruning while training.
extension Trainer {
  /// The layers that a stage prunes: the names of their weights, and the shares that stay.
  func prunedLayers(_ stage: TrainingStage) -> [(weights: String, share: Double)] {
    rows.compactMap { row in
      stage.pruning.shares[row.layer.name].map { (row.layer.weightName, $0) }
    }
  }

  /// Prunes as much as a share of the stage, from 0 to 1, wants.
  func prune(_ network: TrainingNetwork, _ stage: TrainingStage, at share: Double) {
    let level = GradualPruning.level(at: share)
    guard !stage.pruning.isEmpty, level > position.pruningLevel else { return }
    for (weights, share) in prunedLayers(stage) {
      network.prune(weights, to: GradualPruning.share(share, level: level))
    }
    position.pruningLevel = level
  }

  /// Whether the stage prunes, and has not come to the end of it.
  var isStillPruning: Bool {
    !settings.stages[position.stage].pruning.isEmpty
      && position.pruningLevel < GradualPruning.levels
  }
}
