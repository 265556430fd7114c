public import Architecture
import Classification
import Images
import Kernels
public import Network
public import Preprocessing
public import System
public import Threads

/// A network to begin with, and how its pictures are prepared.
public struct TrainingStart: Sendable {
  public var architecture: Architecture
  /// Weights and biases by name, with a last layer of as many outputs as there are classes.
  public var parameters: [String: [Float]]
  public var preprocessing: Preprocessing
  /// Whether the weights have learned something, rather than being random.
  public var hasLearned: Bool
  /// The ranges of the layers' outputs with these weights and this preprocessing, where they are
  /// known.
  public var calibration: Calibration?

  public init(
    architecture: Architecture, parameters: [String: [Float]], preprocessing: Preprocessing,
    hasLearned: Bool, calibration: Calibration? = nil
  ) {
    self.hasLearned = hasLearned
    self.calibration = calibration
    self.architecture = architecture
    self.parameters = parameters
    self.preprocessing = preprocessing
  }
}

/// Trains a network stage by stage, and keeps the one that was best on the validation photos.
public final class Trainer {
  let start: TrainingStart
  let rows: [LayerSummary]
  /// The layers for pictures of other sizes. The fully connected ones are those of ``rows``.
  let rowsOfSize: [Int: [LayerSummary]]
  let training: TrainingPhotos
  let validation: TrainingPhotos
  let settings: TrainingSettings
  let preparation: PicturePreparation
  let picturesAhead: PicturesAhead
  let folder: TrainingFolder
  /// The longest time between two checkpoints.
  let checkpointInterval: Duration
  /// The bytes that kept outputs of frozen layers may take, and those that validation photos as
  /// classification sees them may take.
  let featureMemory: Int
  let validationMemory: Int
  let pool: WorkerPool
  let stop: StopFlag
  let onEvent: (TrainingEvent) -> Void
  let classWeights: [Float]
  let teacher: TeacherTargets?

  var position = TrainingPosition()
  var lastCheckpoint = ContinuousClock.now
  /// Whether steps may be taken back to the network as it was last measured.
  var canGoBackHere = true
  /// The best network, as long as it is not in the folder.
  var unsavedBest: BestNetwork?
  /// Photos that could no longer be read, reported once each.
  var lost: Set<String> = []
  /// Exact pictures of the validation photos, as far as they are kept.
  var validationPictures: [RGBImage?]

  /// How a run ended.
  public enum End: Sendable, Equatable {
    case finished
    /// The stop flag was raised; there is a checkpoint.
    case stopped
  }

  /// - Parameters:
  ///   - folder: where checkpoints and the best network are kept.
  ///   - checkpointInterval: the longest time between two checkpoints.
  ///   - featureMemory: the bytes that outputs of frozen layers may take, which are kept as far as
  ///     there is room.
  ///   - validationMemory: the same for pictures of the validation photos.
  ///   - teacher: probabilities to learn beside the labels; nil for the labels alone.
  ///   - onEvent: called on the thread that calls ``run(resuming:)``.
  /// - Throws: ``TrainingError``.
  public init(
    _ start: TrainingStart, training: TrainingPhotos, validation: TrainingPhotos,
    settings: TrainingSettings, teacher: TeacherTargets? = nil, reader: PhotoReader,
    folder: TrainingFolder, checkpointInterval: Duration = .seconds(600),
    featureMemory: Int = .max, validationMemory: Int = Trainer.validationMemory, pool: WorkerPool,
    stop: StopFlag,
    onEvent: @escaping (TrainingEvent) -> Void
  ) throws(TrainingError) {
    self.start = start
    rows = try Self.rows(start.architecture)
    var rowsOfSize: [Int: [LayerSummary]] = [:]
    for size in settings.stages.flatMap(\.sizes) {
      var architecture = start.architecture
      architecture.inputSize = size
      rowsOfSize[size] =
        try Self.rows(architecture).filter { !$0.layer.isFullyConnected }
        + rows.filter(\.layer.isFullyConnected)
    }
    self.rowsOfSize = rowsOfSize
    self.training = training
    self.validation = validation
    self.settings = settings
    self.teacher = teacher
    self.folder = folder
    self.checkpointInterval = checkpointInterval
    self.featureMemory = featureMemory
    self.validationMemory = validationMemory
    self.pool = pool
    self.stop = stop
    self.onEvent = onEvent
    preparation = PicturePreparation(
      training, settings: settings, reader: reader, inputSize: start.architecture.inputSize)
    picturesAhead = PicturesAhead(preparation, training, threads: pool.threads)
    validationPictures = Array(repeating: nil, count: validation.photos.count)
    classWeights =
      settings.balancesClasses
      ? Self.balancedWeights(training.classes, count: start.architecture.classCount)
      : Array(repeating: 1, count: start.architecture.classCount)
  }

  static func rows(
    _ architecture: Architecture
  ) throws(TrainingError) -> [LayerSummary] {
    do throws(ArchitectureError) {
      return try architecture.summary()
    } catch {
      throw .notTrainable(layer: error.layer)
    }
  }

  /// By class, what losses are multiplied by so that each class counts the same; 1 on average.
  static func balancedWeights(_ classes: [Int], count: Int) -> [Float] {
    var photos = [Int](repeating: 0, count: count)
    for index in classes { photos[index] += 1 }
    let present = photos.count { $0 > 0 }
    return photos.map { $0 > 0 ? Float(classes.count) / Float(present * $0) : 0 }
  }

  /// Trains, from the folder's checkpoint where there is one.
  ///
  /// - Parameter secondsBefore: what was needed for the run before, and counts where its time is
  ///   limited.
  /// - Throws: ``TrainingError``.
  public func run(
    resuming: Bool = false, secondsBefore: Double = 0
  ) throws(TrainingError) -> End {
    var state: [String: [Float]]?
    if resuming, let checkpoint = try folder.latestCheckpoint() {
      position = checkpoint.position
      guard
        [0, start.architecture.inputSize].contains(position.size)
          || rowsOfSize[position.size] != nil
      else {
        throw .damaged(
          file: checkpoint.file, reason: "its pictures have a size that this run does not use")
      }
      state = checkpoint.state.isEmpty ? nil : checkpoint.state
    }
    position.seconds += secondsBefore
    while position.stage < settings.stages.count {
      let stage = settings.stages[position.stage]
      onEvent(.stage(index: position.stage, stage))
      let parameters = try position.bestAccuracy == nil ? start.parameters : best()
      guard try run(stage, from: parameters, state: state) == .finished else { return .stopped }
      state = nil
      onEvent(.stageEnded(index: position.stage))
      position.beginNextStage()
    }
    if isOutOfTime, position.epochsDone == 0 { onEvent(.outOfTimeBeforeTraining) }
    return .finished
  }

  // MARK: A stage

  func run(
    _ stage: TrainingStage, from parameters: [String: [Float]], state: [String: [Float]]?
  ) throws(TrainingError) -> End {
    let features = try timed { () throws(TrainingError) in try frozenFeatures(stage, parameters) }
    if stop.isRaised {
      // The time that they took, and the end of the stage before, are not lost.
      if let state {
        try folder.saveInterim(position, state.map { NamedValues($0, $1) })
      } else {
        try saveBest()
        try folder.saveCheckpoint(position, [])
      }
      return .stopped
    }
    var current = parameters
    if let state { current.merge(state) { _, new in new } }
    let network = try TrainingNetwork(
      Array(rows.dropFirst(stage.frozenLayers)), parameters: current, batch: settings.batch,
      pool: pool, batchNormalization: stage.batchNormalization, dropout: stage.dropout,
      precision: settings.precision)
    network.setRates(
      lastLayer: Float(stage.lastLayerRateFactor), biases: Float(settings.biasRateFactor))
    if position.size == 0 { position.size = start.architecture.inputSize }
    network.keepZeros(of: Set(prunedLayers(stage).map(\.weights)))
    if state == nil, stage.batchNormalization,
      start.hasLearned || stage != settings.stages.first
    {
      fitNormalization(of: network)
    }
    if settings.averageDecay != nil { network.startAveraging() }
    if let state {
      try network.resize(rows(ofSize: position.size))
      try network.restore(state)
    } else if !stage.pruning.isEmpty,
      prunedLayers(stage).allSatisfy({ network.isPruned($0.weights, to: $0.share) })
    {
      // The network that training begins with is pruned already.
      position.pruningLevel = GradualPruning.levels
      position.isBestPruned = true
    }
    if case .plateau(_, let patience) = stage.schedule.shape, position.plateau.patience == .max {
      position.plateau = PlateauCounter(patience: patience)
    }
    if position.bestAccuracy == nil {
      // What there is before the first step: the least that training may give.
      measure(network, features, frozen: parameters)
    }
    if state == nil {
      // What a step that must be taken back goes back to.
      canGoBackHere = true
      if isAtFullSize { position.checkpointAccuracy = position.bestAccuracy ?? -1 }
      try saveCheckpoint(network)
    }
    lastCheckpoint = .now
    // An epoch that has begun is measured, even if its time is over.
    while position.step > 0 || (position.epoch < stage.epochs && !isOutOfTime) {
      if position.step == 0, isAtFullSize, let patience = stage.patience,
        position.epochsSinceBest >= patience
      {
        break
      }
      guard try runEpoch(stage, network, features, frozen: parameters) == .finished else {
        try saveInterim(network)
        return .stopped
      }
      try saveCheckpoint(network)
    }
    if !isAtFullSize {
      // The time was over before, or there were too few steps.
      try resize(network, to: start.architecture.inputSize)
      measure(network, features, frozen: parameters)
    }
    if !stage.pruning.isEmpty, position.pruningLevel < GradualPruning.levels {
      // The time was over before.
      let before = position.bestAccuracy
      prune(network, stage, at: 1)
      let (result, _) = measure(network, features, frozen: parameters)
      onEvent(.prunedWithoutTraining(accuracy: result.accuracy, before: before ?? 0))
    }
    return .finished
  }

  /// Lets batch normalisation begin as what the weights have learned needs it, on photos of the
  /// validation part.
  func fitNormalization(of network: TrainingNetwork) {
    let indices = Array(validation.photos.indices.prefix(settings.batch))
    let used = write(exactPictures(indices), indices, network)
    if !used.isEmpty { network.fitNormalization(images: used.count) }
  }

  /// The layers for pictures of this size.
  func rows(ofSize size: Int) -> [LayerSummary] { rowsOfSize[size] ?? rows }

  /// Goes on with pictures of another size.
  func resize(_ network: TrainingNetwork, to size: Int) throws(TrainingError) {
    try network.resize(rows(ofSize: size))
    position.size = size
    position.plateau.begin()
    position.bestOfStage = -1
    position.checkpointAccuracy = -1
    position.epochsSinceBest = 0
  }

  /// Whether pictures have the size that they have in use.
  var isAtFullSize: Bool { position.size == start.architecture.inputSize }

  /// Whether the time for the run is over.
  var isOutOfTime: Bool {
    secondsForSteps.map { position.seconds >= $0 } ?? false
  }

  /// The time for the run less what is needed after the last step: the network is measured, the
  /// best one is measured again with its photos read anew, and its file is written.
  var secondsForSteps: Double? {
    settings.seconds.map { $0 - min(0.2 * $0, 3 * position.firstMeasuringSeconds) }
  }

  /// Counts the time of `body` as that of the run.
  func timed<Result>(
    _ body: () throws(TrainingError) -> Result
  ) throws(TrainingError) -> Result {
    let began = ContinuousClock.now
    let result = try body()
    position.seconds += (ContinuousClock.now - began) / .seconds(1)
    return result
  }

  /// Saves a checkpoint after the network was measured. If it is the best of its stage, steps are
  /// taken back to it from now on.
  func saveCheckpoint(_ network: TrainingNetwork) throws(TrainingError) {
    guard canGoBackHere else { return try saveInterim(network) }
    try saveTimed { () throws(TrainingError) in
      try folder.saveCheckpoint(position, network.stateValues)
    }
  }

  /// Saves a checkpoint to which steps are not taken back. It may be within an epoch, where the
  /// clock or a signal wanted it, and what comes of a run must not depend on that.
  func saveInterim(_ network: TrainingNetwork) throws(TrainingError) {
    try saveTimed { () throws(TrainingError) in
      try folder.saveInterim(position, network.stateValues)
    }
  }

  private func saveTimed(_ save: () throws(TrainingError) -> Void) throws(TrainingError) {
    try timed { () throws(TrainingError) in
      try saveBest()
      try save()
    }
    lastCheckpoint = .now
  }
}
