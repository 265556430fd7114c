/// How far a training run is: with the tensors of ``TrainingNetwork/state``, everything that is
/// needed to go on as if nothing had happened.
struct TrainingPosition: Sendable, Equatable {
  /// The stage, the epoch of the stage and the step of the epoch that come next.
  var stage = 0
  var epoch = 0
  var step = 0
  /// Epochs of all stages that are over.
  var epochsDone = 0
  /// The sums over the epoch's images so far.
  var lossSum = 0.0
  var correct = 0
  var images = 0
  /// What rates are multiplied by: halved whenever the loss explodes.
  var rateFactor = 1.0
  /// How many steps of this run were taken back.
  var stepsTakenBack = 0
  /// The learning rate of the latest step.
  var rate = 0.0
  /// The time of the run so far, and how much of it was before this stage.
  var seconds = 0.0
  var secondsBeforeStage = 0.0
  /// How long it takes to measure the network: the latest time, and that before the first step.
  var measuringSeconds = 0.0
  var firstMeasuringSeconds = 0.0
  /// Height and width of the pictures; 0 before the first step of a stage.
  var size = 0
  /// Steps of this stage that are in the averages of what is trained.
  var averagedSteps = 0
  /// How far the pruning of this stage is, up to ``GradualPruning/levels``.
  var pruningLevel = 0
  /// Whether the best network is pruned as its stage wants it. One that is not gives way to the
  /// first one that is.
  var isBestPruned = false
  /// Counts plateaus of this stage.
  var plateau = PlateauCounter(patience: .max)
  /// The best of all stages so far; nil before the first validation.
  var bestAccuracy: Double?
  var bestLoss = 0.0
  /// The number of the best network, counted from 1; 0 before there is one.
  var best = 0
  /// Epochs since the best of this stage.
  var epochsSinceBest = 0
  /// The best accuracy of this stage.
  var bestOfStage = -1.0
  /// That of the network to which steps are taken back; -1 where it says little, since it is that
  /// of pictures of another size or of a network that is not yet pruned.
  var checkpointAccuracy = -1.0

  /// Goes back to an earlier position of the stage. The time is gone, and the best network stays.
  mutating func goBack(to earlier: TrainingPosition) {
    let latest = self
    self = earlier
    stepsTakenBack = latest.stepsTakenBack + 1
    seconds = latest.seconds
    bestAccuracy = latest.bestAccuracy
    bestLoss = latest.bestLoss
    best = latest.best
    isBestPruned = latest.isBestPruned
  }

  /// Whether a run comes to this position as late as to another one, or later.
  func isAtOrAfter(_ other: TrainingPosition) -> Bool {
    (stage, stepsTakenBack, epochsDone, step)
      >= (other.stage, other.stepsTakenBack, other.epochsDone, other.step)
  }

  /// Goes on to the next stage.
  mutating func beginNextStage() {
    stage += 1
    secondsBeforeStage = seconds
    epoch = 0
    step = 0
    plateau = PlateauCounter(patience: .max)
    epochsSinceBest = 0
    bestOfStage = -1
    checkpointAccuracy = -1
    rateFactor = 1
    size = 0
    averagedSteps = 0
    pruningLevel = 0
  }
}
