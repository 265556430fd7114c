public import Kernels

/// What decides how a network is trained.
public struct TrainingSettings: Sendable, Equatable {
  public var seed: UInt64 = 1
  /// Images of one step.
  public var batch = 32
  /// What the fully connected layers that are trained multiply in, in steps; what is measured is
  /// float32.
  public var precision = TrainingPrecision.float32
  /// Whether training photos run in 8 bits through layers that are not trained, where the ranges of
  /// these are known (``TrainingStart/calibration``).
  public var runsFrozenLayersIn8Bits = false
  public var momentum = 0.9
  /// The decay of the moving average of everything that is trained, 0 to 1, which is then what is
  /// measured and kept; nil for no average.
  public var averageDecay: Double?
  /// Applies to weights, not to biases.
  public var weightDecay = 0.0005
  public var labelSmoothing = 0.0
  /// Gradients whose Euclidean norm is larger are scaled down to it; nil for no limit.
  public var clipNorm: Double? = 5
  /// What the rate of biases is multiplied by.
  public var biasRateFactor = 1.0
  /// Whether each class counts the same in the loss, however many photos it has.
  public var balancesClasses = false
  /// The standard deviation of random weights; nil for one that fits each layer's inputs.
  public var initialDeviation: Double?
  public var augmentation = Augmentation.standard
  /// How much a teacher's probabilities count against the labels, 0 to 1, where there is a teacher.
  public var teacherWeight = 0.7
  /// What the teacher's and the network's logits are divided by before they are compared.
  public var teacherTemperature = 1.0
  /// How long all steps together may take; the learning rate then falls with the time, whatever the
  /// number of epochs. Nil for no limit.
  public var seconds: Double?
  /// One after the other. Each begins with the best network so far.
  public var stages: [TrainingStage]

  public init(stages: [TrainingStage]) { self.stages = stages }

  /// Whether there are layers that stay as they are for a stage.
  public var hasFrozenLayers: Bool { stages.contains { $0.frozenLayers > 0 } }

  /// The settings of Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep
  /// Convolutional Neural Networks", 2012, section 5, for all stages.
  public mutating func usePaperRecipe() {
    batch = 128
    momentum = 0.9
    weightDecay = 0.0005
    biasRateFactor = 2
    clipNorm = nil
    labelSmoothing = 0
    initialDeviation = 0.01
    augmentation = .paper
    for index in stages.indices {
      stages[index].epochs = 90
      stages[index].schedule = Schedule(rate: 0.01, shape: .plateau(factor: 0.1, patience: 5))
      stages[index].batchNormalization = false
      stages[index].patience = nil
      stages[index].sizes = []
    }
  }
}

/// A part of a training run in which the same layers are trained.
public struct TrainingStage: Sendable, Equatable {
  /// How many of the network's layers stay as they are, counted from the first.
  public var frozenLayers: Int
  public var epochs: Int
  public var schedule: Schedule
  /// What the rate of the last layer is multiplied by.
  public var lastLayerRateFactor = 1.0
  /// Where layers are frozen: how many augmented views of each photo are run through them. Every
  /// epoch uses one of them.
  public var views = 1
  /// The stage ends when the validation accuracy has not risen for so many epochs.
  public var patience: Int?
  /// The share of inputs that layers with dropout drop; nil for the network's own.
  public var dropout: Double?
  public var batchNormalization = false
  /// Which fully connected layers are pruned.
  public var pruning = GradualPruning()
  /// Height and width of the pictures, one size after the other; empty for the network's own. Each
  /// size has half as many epochs as the one before it.
  public var sizes: [Int] = []

  /// The size of the pictures after a share of the stage, from 0 to 1; nil for the network's own.
  func size(at share: Double) -> Int? {
    // With three sizes: 4/7, 2/7 and 1/7.
    let whole = Double((1 << min(sizes.count, 32)) - 1)
    var end = 0.0
    for (index, size) in sizes.enumerated() {
      end += Double(1 << max(0, min(sizes.count, 32) - 1 - index)) / whole
      if share < end { return size }
    }
    return sizes.last
  }

  public init(frozenLayers: Int, epochs: Int, schedule: Schedule) {
    self.frozenLayers = frozenLayers
    self.epochs = epochs
    self.schedule = schedule
  }
}
