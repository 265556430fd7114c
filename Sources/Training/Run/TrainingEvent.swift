/// What happens while a network is trained.
public enum TrainingEvent: Sendable {
  /// A stage begins.
  case stage(index: Int, TrainingStage)
  case stageEnded(index: Int)
  /// Pictures were run through the frozen layers: so many of so many. Begins with 0.
  case features(done: Int, of: Int)
  /// The memory has room for only so many of all outputs of the frozen layers: the others are
  /// computed each time.
  case featuresExceedMemory(kept: Int, of: Int)
  case epochBegins(TrainingProgress)
  /// A step was taken.
  case step(TrainingProgress)
  case epoch(EpochReport)
  /// The loss or a gradient was NaN or infinite, or the loss exploded: the step was not taken, the
  /// network is again the best of its stage, which `epochsDone` epochs had given, and the rate is
  /// halved.
  case stepTakenBack(rateFactor: Double, epochsDone: Int)
  /// The time was over before the network was pruned as far as it should be: it was cut down at the
  /// end, without training after that. The accuracies are those of the pruned network, and of the
  /// best one before.
  case prunedWithoutTraining(accuracy: Double, before: Double)
  /// The time of the run was over before its first step.
  case outOfTimeBeforeTraining
  /// A photo that can no longer be read.
  case unreadable(path: String, reason: String)
}

/// How far a run is.
public struct TrainingProgress: Sendable, Equatable {
  public var stage = 0
  /// Counted from 0.
  public var epoch = 0
  public var epochs = 0
  /// Height and width of the pictures.
  public var size = 0
  /// Images of this epoch that were used, and all of them.
  public var images = 0
  public var imagesOfEpoch = 0
  /// The mean loss of this epoch so far.
  public var loss = 0.0
  /// The share of this epoch's images so far whose likeliest class was right.
  public var accuracy = 0.0
  /// The time of the run so far, and its limit, in seconds; nil where it has none.
  public var time: TrainingTimeUse?
  /// An estimate of the time that the rest of the stage takes; 0 before the first step.
  public var secondsLeft = 0.0
}

/// How much of the time for a run is over.
public struct TrainingTimeUse: Sendable, Equatable {
  /// Seconds of the run so far.
  public var seconds: Double
  /// Seconds that it may take until the last step; above 0.
  public var limit: Double

  public init(seconds: Double, limit: Double) {
    self.seconds = seconds
    self.limit = limit
  }

  /// The share of the time that is over, 0 to 1.
  public var share: Double { min(max(seconds / limit, 0), 1) }
  public var secondsLeft: Double { max(0, limit - seconds) }
}

/// The results of one epoch.
public struct EpochReport: Sendable, Equatable {
  public var stage: Int
  /// Counted from 1 through all stages.
  public var epoch: Int
  /// Counted from 1.
  public var epochOfStage: Int
  /// The epochs of the stage.
  public var epochs: Int
  /// Whether all inputs are kept outputs of frozen layers.
  public var usesKeptFeatures: Bool
  /// Height and width of the pictures, also of those that it was validated with.
  public var size: Int
  public var rate: Double
  /// The mean loss of the training images, augmented and with dropout.
  public var trainingLoss: Double
  /// The share of training images, augmented and with dropout, whose likeliest class was right.
  public var trainingAccuracy: Double
  public var validationLoss: Double
  public var validationAccuracy: Double
  /// How far the pruning of the stage is, 0 to 1; nil where nothing is pruned.
  public var pruning: Double?
  /// Whether it is the best so far.
  public var isBest: Bool
  /// Training images a second, validation left out.
  public var imagesPerSecond: Double
  /// Nil where the run has no limit of time.
  public var time: TrainingTimeUse?
  /// An estimate of the time that the rest of the stage takes.
  public var secondsLeft: Double
}
