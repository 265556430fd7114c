import Architecture
import Kernels
import System

/// One epoch of training.
extension Trainer {
  func runEpoch(
    _ stage: TrainingStage, _ network: TrainingNetwork, _ features: Features?,
    frozen: [String: [Float]]
  ) throws(TrainingError) -> End {
    var order = order(epoch: position.epochsDone)
    let batches = Self.batches(order.count, of: settings.batch)
    let began = ContinuousClock.now
    var imagesHere = 0
    func progress() -> TrainingProgress {
      self.progress(
        stage, imagesOfEpoch: order.count, imagesHere: imagesHere,
        seconds: (ContinuousClock.now - began) / .seconds(1))
    }
    onEvent(.epochBegins(progress()))
    while position.step < batches.count {
      if stop.isRaised { return .stopped }
      if isOutOfTime { break }
      let share = share(of: stage, steps: batches.count)
      prune(network, stage, at: share)
      if features == nil {
        let size = stage.size(at: share) ?? start.architecture.inputSize
        if size != position.size { try resize(network, to: size) }
      }
      let stepBegan = ContinuousClock.now
      position.rate =
        stage.schedule.rate(at: share, reductions: position.plateau.reductions)
        * position.rateFactor
      func photos(ofStep step: Int) -> [Int] {
        step < batches.count ? Array(order[batches[step]]) : []
      }
      let taken = step(
        photos(ofStep: position.step), next: photos(ofStep: position.step + 1), network, features,
        rate: position.rate)
      position.seconds += (ContinuousClock.now - stepBegan) / .seconds(1)
      guard taken else {
        try takeBack(network)
        // It may have gone back to an earlier epoch.
        order = self.order(epoch: position.epochsDone)
        continue
      }
      imagesHere += batches[position.step].count
      position.step += 1
      if ContinuousClock.now - lastCheckpoint > checkpointInterval {
        try saveInterim(network)
      }
      onEvent(.step(progress()))
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    // After the last step of a stage its whole share is over.
    prune(network, stage, at: share(of: stage, steps: batches.count))
    let (result, isBest) = measure(network, features, frozen: frozen)
    let report = EpochReport(
      stage: position.stage, epoch: position.epochsDone + 1,
      epochOfStage: position.epoch + 1, epochs: stage.epochs,
      usesKeptFeatures: features?.areAllKept ?? false, size: position.size, rate: position.rate,
      trainingLoss: position.lossSum / Double(max(1, position.images)),
      trainingAccuracy: Double(position.correct) / Double(max(1, position.images)),
      validationLoss: result.loss, validationAccuracy: result.accuracy,
      pruning: stage.pruning.isEmpty
        ? nil : Double(position.pruningLevel) / Double(GradualPruning.levels), isBest: isBest,
      imagesPerSecond: seconds > 0 ? Double(imagesHere) / seconds : 0, time: timeUse,
      secondsLeft: secondsLeft(
        stage, imagesOfEpoch: order.count, secondsPerImage: seconds / Double(max(1, imagesHere))))
    if !isStillPruning { position.plateau.record(result.accuracy) }
    position.epoch += 1
    position.epochsDone += 1
    position.step = 0
    position.lossSum = 0
    position.correct = 0
    position.images = 0
    onEvent(.epoch(report))
    return .finished
  }

  /// The share of a stage that is over, from 0 to 1: of its time for the last stage of a run whose
  /// time is limited, otherwise of its steps.
  func share(of stage: TrainingStage, steps: Int) -> Double {
    if let limit = secondsForSteps, position.stage == settings.stages.count - 1 {
      let began = position.secondsBeforeStage
      return min(1, (position.seconds - began) / max(limit - began, 1e-9))
    }
    return (Double(position.epoch) + Double(position.step) / Double(max(1, steps)))
      / Double(stage.epochs)
  }

  func progress(
    _ stage: TrainingStage, imagesOfEpoch: Int, imagesHere: Int, seconds: Double
  ) -> TrainingProgress {
    let images = Double(max(1, position.images))
    return TrainingProgress(
      stage: position.stage, epoch: position.epoch, epochs: stage.epochs, size: position.size,
      images: position.images, imagesOfEpoch: imagesOfEpoch, loss: position.lossSum / images,
      accuracy: Double(position.correct) / images, time: timeUse,
      secondsLeft: secondsLeft(
        stage, imagesOfEpoch: imagesOfEpoch,
        secondsPerImage: seconds / Double(max(1, imagesHere))))
  }

  /// An estimate of the time that the rest of the stage takes, if it does not end early: time is
  /// taken to grow with the area of the pictures. 0 before the first step.
  func secondsLeft(
    _ stage: TrainingStage, imagesOfEpoch: Int, secondsPerImage: Double
  ) -> Double {
    if let timeUse { return timeUse.secondsLeft }
    let full = Double(start.architecture.inputSize)
    let present = position.size > 0 ? Double(position.size) : full
    var images = Double(imagesOfEpoch - position.images)
    for epoch in min(position.epoch + 1, stage.epochs)..<stage.epochs {
      let size =
        stage.size(at: Double(epoch) / Double(stage.epochs)).map(Double.init) ?? full
      images += Double(imagesOfEpoch) * (size * size) / (present * present)
    }
    return images * secondsPerImage
      + Double(stage.epochs - position.epoch) * position.measuringSeconds
  }

  var timeUse: TrainingTimeUse? {
    secondsForSteps.map { TrainingTimeUse(seconds: position.seconds, limit: max($0, 1e-9)) }
  }

  /// The photos of an epoch in random order.
  func order(epoch: Int) -> [Int] {
    var random = RandomStream(seed: settings.seed, .order, UInt64(epoch))
    return Array(training.photos.indices).shuffled(using: &random)
  }

  /// Parts of nearly the same size, of at most `batch` photos.
  static func batches(_ count: Int, of batch: Int) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let parts = (count + batch - 1) / batch
    return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
  }

  /// Goes back to where the network was best in this stage, its beginning included, with half the
  /// rate.
  func takeBack(_ network: TrainingNetwork) throws(TrainingError) {
    let rateFactor = position.rateFactor / 2
    guard rateFactor > 1e-6, let checkpoint = try folder.checkpoint(),
      checkpoint.position.stage == position.stage
    else { throw .diverged }
    position.goBack(to: checkpoint.position)
    try network.resize(rows(ofSize: position.size))
    try network.restore(checkpoint.state)
    position.rateFactor = rateFactor
    // A run that is killed before the checkpoint comes to this step again.
    onEvent(.stepTakenBack(rateFactor: rateFactor, epochsDone: position.epochsDone))
    try saveInterim(network)
  }
}
