import Architecture
import ArgumentParser
import Kernels
import Training

extension TrainingPrecision: ExpressibleByArgument {}

/// How the weights are changed.
struct LearningOptions: ParsableArguments {
  enum Recipe: String, ExpressibleByArgument, CaseIterable {
    /// What the program chooses.
    case standard
    /// Krizhevsky, Sutskever and Hinton 2012.
    case paper
  }

  enum ScheduleShape: String, ExpressibleByArgument, CaseIterable {
    case cosine, step, plateau
  }

  @Option(
    help: ArgumentHelp(
      "'paper' takes the settings of the network's authors (2012), for --from-scratch: rate 0.01, "
        + "divided by 10 when validation stops improving, batches of 128, 90 epochs, decay 0.0005, "
        + "twice the rate for biases, no batch normalisation, pictures of full size, and only "
        + "crops, mirror images and colour shifts."))
  var recipe = Recipe.standard

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Epochs of the last stage. (default: chosen by the number of photos)", valueName: "count"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "Train for so long, such as 30m or 2h, reading and measuring included, however many epochs "
        + "that makes (with --epochs, at most so many).", valueName: "time"))
  var time: TrainingTime?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The learning rate of the last stage. (default: 0.002 where all layers learn, 0.005 where "
        + "some do, 0.02 with --from-scratch)",
      valueName: "rate"))
  var rate: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "What the rate of the last layer is multiplied by, in the last stage. (default: 10 where "
        + "--freeze lets a new last layer learn together with others, and 1 otherwise)",
      valueName: "factor"))
  var lastLayerRate: Double?

  @Option(
    help: ArgumentHelp(
      "How the rate falls: along a cosine; in steps, to a tenth at 50, 75 and 90% of the stage; or "
        + "to a tenth when validation has not improved for 5 epochs (plateau). (default: cosine)"))
  var schedule: ScheduleShape?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The share of the last stage in which the rate rises from 0. (default: 0.1; 0.05 with "
        + "--freeze or --from-scratch)",
      valueName: "share"))
  var warmUp: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "End a stage when no more photos held out are right than before, for so many epochs. "
        + "(default: a third of the epochs, at least 4, where all layers of a model learn; "
        + "otherwise, and with --time, never)",
      valueName: "epochs"))
  var patience: Int?

  @Option(
    parsing: .number, help: ArgumentHelp("Photos of one step. (default: 32)", valueName: "count"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "The number format of fully connected layers in steps of training; bf16 is faster with small "
        + "pictures, where the processor multiplies bfloat16. The weights stay fp32. (default: "
        + "fp32; layers that --freeze or the first stage leaves as they are then run in int8, if "
        + "the model is calibrated)"))
  var precision: TrainingPrecision?

  @Option(parsing: .number, help: ArgumentHelp("Momentum. (default: 0.9)", valueName: "number"))
  var momentum: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Weight decay; biases have none. (default: 0.0005)", valueName: "number"))
  var weightDecay: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "What the rate is multiplied by for biases. (default: 1)", valueName: "factor"))
  var biasRate: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Keep a moving average of the weights, which is measured and written in their place. In each "
        + "step it keeps this share of itself, such as 0.999 (less in the first steps), and the "
        + "rest comes from the new weights. (default: off)", valueName: "decay"))
  var average: Double?

  @Option(
    help: ArgumentHelp(
      "Prune fully connected layers in the last stage of training, until these shares of their "
        + "weights are left, such as fc6=0.1,fc7=0.1,fc8=0.3; 'all' stands for every layer that is "
        + "not named. The smallest weights become 0 and stay 0, more and more of them in the first "
        + "\(Self.pruningPercent)% of the stage. 'alexnet model compress' then makes a small file "
        + "of the model.", valueName: "layer=share,..."))
  var prune: String?

  /// The epochs of a stage that only time ends.
  static let anyEpochs = 100_000

  private static let pruningPercent = Int(100 * GradualPruning.shareOfStage)

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Scale gradients of a larger norm down to it; 0 never does. (default: 5)",
      valueName: "norm"))
  var clip: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The share of a photo's label that is given to all classes alike. (default: 0)",
      valueName: "share"))
  var labelSmoothing: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The share of the inputs of large layers that are set to 0 at random. (default: the "
        + "network's, 0.5)",
      valueName: "share"))
  var dropout: Double?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Normalise each batch after every convolution while training, and fold that into the "
        + "weights at the end. (default: with --from-scratch)"))
  var batchNorm: Bool?

  @Option(
    help: ArgumentHelp(
      "Sides of the square pictures, one size after the other, such as 131,163,227: small pictures "
        + "take less time. The last is always the network's. (default: growing with "
        + "--from-scratch)", valueName: "pixels,..."))
  var sizes: PictureSizes?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Another number gives other random crops, another order of the photos and other first "
        + "weights; the same photos are held out. The same command, photos, machine and number of "
        + "threads give the same file, except with --time.",
      valueName: "number"))
  var seed: UInt64 = 1

  @Flag(help: "Let each class count the same, however many photos it has.")
  var balance = false

  func validate() throws {
    func check(_ value: Double?, _ range: ClosedRange<Double>, _ option: String) throws {
      if let value, !range.contains(value) {
        throw ValidationError(
          "\(option) must be between \(range.lowerBound) and \(range.upperBound).")
      }
    }
    if let epochs, !(1...100_000).contains(epochs) {
      throw ValidationError("--epochs must be between 1 and 100000.")
    }
    if let batch, !(1...4096).contains(batch) {
      throw ValidationError("--batch must be between 1 and 4096.")
    }
    if let patience, !(1...100_000).contains(patience) {
      throw ValidationError("--patience must be between 1 and 100000.")
    }
    if let rate, !(rate > 0 && rate <= 100) {
      throw ValidationError("--rate must be above 0, and at most 100.")
    }
    try check(lastLayerRate, 0...1000, "--last-layer-rate")
    try check(warmUp, 0...0.9, "--warm-up")
    try check(momentum, 0...0.999, "--momentum")
    try check(weightDecay, 0...1, "--weight-decay")
    try check(clip, 0...1e9, "--clip")
    try check(biasRate, 0...100, "--bias-rate")
    try check(average, 0...0.999999, "--average")
    if let prune { _ = try LayerShare.list(prune, option: "--prune") }
    try check(labelSmoothing, 0...0.9, "--label-smoothing")
    try check(dropout, 0...0.9, "--dropout")
  }

  /// - Throws: a failure that names a layer that the network does not have, or that is not trained.
  private func pruning(
    _ shares: [LayerShare], _ architecture: Architecture, frozenLayers: Int
  ) throws -> GradualPruning {
    let layers = architecture.fullyConnectedLayers
    let trained = architecture.layers.dropFirst(frozenLayers).map(\.name)
    for share in shares where !share.isForAll {
      guard layers.contains(share.layer) else {
        throw CommandFailure(
          .usage,
          "--prune: '\(share.layer)' is none of the fully connected layers "
            + layers.joined(separator: ", "))
      }
      if !trained.contains(share.layer) {
        throw CommandFailure(
          .usage, "--prune: with --freeze, the layer \(share.layer) stays as it is")
      }
    }
    let byLayer = LayerShare.byLayer(shares, of: layers.filter(trained.contains))
    return GradualPruning(byLayer)
  }

  func apply(to settings: inout TrainingSettings, _ architecture: Architecture) throws {
    settings.seed = seed
    settings.balancesClasses = balance
    guard let last = settings.stages.indices.last else { return }
    if recipe == .paper { settings.usePaperRecipe() }
    if let batch { settings.batch = batch }
    if let precision { settings.precision = precision }
    if let momentum { settings.momentum = momentum }
    if let weightDecay { settings.weightDecay = weightDecay }
    if let clip { settings.clipNorm = clip > 0 ? clip : nil }
    if let biasRate { settings.biasRateFactor = biasRate }
    settings.averageDecay = average
    if let prune {
      settings.stages[last].pruning = try pruning(
        try LayerShare.list(prune, option: "--prune"), architecture,
        frozenLayers: settings.stages[last].frozenLayers)
    }
    if let labelSmoothing { settings.labelSmoothing = labelSmoothing }
    for index in settings.stages.indices {
      if let dropout { settings.stages[index].dropout = dropout }
      if let patience { settings.stages[index].patience = patience }
    }
    if settings.stages[last].frozenLayers > 0 {
      for (option, isThere) in [("--sizes", sizes != nil), ("--batch-norm", batchNorm == true)]
      where isThere {
        throw CommandFailure(
          .usage, "\(option) is for training convolutions; with --freeze they stay as they are")
      }
    }
    if let batchNorm { settings.stages[last].batchNormalization = batchNorm }
    if let sizes { settings.stages[last].sizes = try sizes.growing(to: architecture) }
    if let epochs { settings.stages[last].epochs = epochs }
    if let time {
      settings.seconds = time.seconds
      settings.stages[last].epochs = epochs ?? Self.anyEpochs
      if patience == nil { settings.stages[last].patience = nil }
    }
    if let rate { settings.stages[last].schedule.rate = rate }
    if let lastLayerRate { settings.stages[last].lastLayerRateFactor = lastLayerRate }
    if let warmUp { settings.stages[last].schedule.warmUp = warmUp }
    switch schedule {
    case nil: break
    case .cosine: settings.stages[last].schedule.shape = .cosine(floor: 0)
    case .step:
      settings.stages[last].schedule.shape = .step(factor: 0.1, at: [0.5, 0.75, 0.9])
    case .plateau:
      settings.stages[last].schedule.shape = .plateau(factor: 0.1, patience: 5)
    }
  }
}
