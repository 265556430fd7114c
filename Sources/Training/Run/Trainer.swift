public import Architecture
import Classification
import Images
import Kernels
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

  public init(
    architecture: Architecture, parameters: [String: [Float]], preprocessing: Preprocessing,
    hasLearned: Bool
  ) {
    self.hasLearned = hasLearned
    self.architecture = architecture
    self.parameters = parameters
    self.preprocessing = preprocessing
  }
}

/// Trains a network stage by stage, and keeps the one that was best on the validation photos.
public final class Trainer {
  private let start: TrainingStart
  private let rows: [LayerSummary]
  /// The layers for pictures of other sizes. The fully connected ones are those of ``rows``.
  private let rowsOfSize: [Int: [LayerSummary]]
  private let training: TrainingPhotos
  private let validation: TrainingPhotos
  private let settings: TrainingSettings
  private let preparation: PicturePreparation
  private let folder: TrainingFolder
  /// The longest time between two checkpoints.
  private let checkpointInterval: Duration
  private let pool: WorkerPool
  private let stop: StopFlag
  private let onEvent: (TrainingEvent) -> Void
  private let classWeights: [Float]
  private let teacher: TeacherTargets?

  private var position = TrainingPosition()
  private var lastCheckpoint = ContinuousClock.now
  /// The best network, as long as it is not in the folder.
  private var unsavedBest: BestNetwork?
  /// Photos that could no longer be read, reported once each.
  private var lost: Set<String> = []
  /// Exact pictures of the validation photos, as far as they are kept.
  private var validationPictures: [RGBImage?]

  /// How a run ended.
  public enum End: Sendable, Equatable {
    case finished
    /// The stop flag was raised; there is a checkpoint.
    case stopped
  }

  /// - Parameters:
  ///   - folder: where checkpoints and the best network are kept.
  ///   - checkpointInterval: the longest time between two checkpoints.
  ///   - teacher: probabilities to learn beside the labels; nil for the labels alone.
  ///   - onEvent: called on the thread that calls ``run(resuming:)``.
  /// - Throws: ``TrainingError``.
  public init(
    _ start: TrainingStart, training: TrainingPhotos, validation: TrainingPhotos,
    settings: TrainingSettings, teacher: TeacherTargets? = nil, reader: PhotoReader,
    folder: TrainingFolder, checkpointInterval: Duration = .seconds(600), pool: WorkerPool,
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
    self.pool = pool
    self.stop = stop
    self.onEvent = onEvent
    preparation = PicturePreparation(
      training, settings: settings, reader: reader, inputSize: start.architecture.inputSize)
    validationPictures = Array(repeating: nil, count: validation.photos.count)
    classWeights =
      settings.balancesClasses
      ? Self.balancedWeights(training.classes, count: start.architecture.classCount)
      : Array(repeating: 1, count: start.architecture.classCount)
  }

  private static func rows(
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
  /// - Throws: ``TrainingError``.
  public func run(resuming: Bool = false) throws(TrainingError) -> End {
    var state: [String: [Float]]?
    if resuming, let checkpoint = try folder.loadCheckpoint() {
      position = checkpoint.position
      state = checkpoint.state.isEmpty ? nil : checkpoint.state
    }
    while position.stage < settings.stages.count {
      let stage = settings.stages[position.stage]
      onEvent(.stage(index: position.stage, stage))
      let parameters = try position.bestAccuracy == nil ? start.parameters : best()
      guard try run(stage, from: parameters, state: state) == .finished else { return .stopped }
      state = nil
      onEvent(.stageEnded(index: position.stage))
      position.stage += 1
      position.epoch = 0
      position.step = 0
      position.plateau = PlateauCounter(patience: .max)
      position.epochsSinceBest = 0
      position.bestOfStage = -1
      position.rateFactor = 1
      position.size = 0
    }
    return .finished
  }

  // MARK: A stage

  private func run(
    _ stage: TrainingStage, from parameters: [String: [Float]], state: [String: [Float]]?
  ) throws(TrainingError) -> End {
    let features = try keptFeatures(stage, parameters)
    if stop.isRaised { return .stopped }
    var current = parameters
    if let state { current.merge(state) { _, new in new } }
    let network = try TrainingNetwork(
      Array(rows.dropFirst(stage.frozenLayers)), parameters: current, batch: settings.batch,
      pool: pool, batchNormalization: stage.batchNormalization, dropout: stage.dropout)
    network.setRates(
      lastLayer: Float(stage.lastLayerRateFactor), biases: Float(settings.biasRateFactor))
    if position.size == 0 { position.size = start.architecture.inputSize }
    if let state {
      try network.resize(rows(ofSize: position.size))
      try network.restore(state)
    } else if stage.batchNormalization, start.hasLearned || stage != settings.stages.first {
      fitNormalization(of: network)
    }
    if case .plateau(_, let patience) = stage.schedule.shape, position.plateau.patience == .max {
      position.plateau = PlateauCounter(patience: patience)
    }
    if position.bestAccuracy == nil {
      // What there is before the first step: the least that training may give.
      record(validate(network, features), of: network, frozen: parameters)
    }
    // What a step that must be taken back goes back to.
    if state == nil { try saveCheckpoint(network) }
    while position.epoch < stage.epochs, !isOutOfTime {
      if let patience = stage.patience, position.epochsSinceBest >= patience { break }
      guard try runEpoch(stage, network, features, frozen: parameters) == .finished else {
        try saveCheckpoint(network)
        return .stopped
      }
      // Writing takes longer than a short epoch.
      if ContinuousClock.now - lastCheckpoint > min(Self.shortestInterval, checkpointInterval) {
        try saveCheckpoint(network)
      }
    }
    return .finished
  }

  /// Lets batch normalisation begin as what the weights have learned needs it, on photos of the
  /// validation part.
  private func fitNormalization(of network: TrainingNetwork) {
    let indices = Array(validation.photos.indices.prefix(settings.batch))
    let used = write(exactPictures(indices), indices, network)
    if !used.isEmpty { network.fitNormalization(images: used.count) }
  }

  /// The layers for pictures of this size.
  private func rows(ofSize size: Int) -> [LayerSummary] { rowsOfSize[size] ?? rows }

  /// Goes on with pictures of another size. The best network so far is measured with them, so that
  /// later ones are compared with it fairly.
  private func resize(_ network: TrainingNetwork, to size: Int) throws(TrainingError) {
    let rows = rows(ofSize: size)
    try network.resize(rows)
    position.size = size
    position.bestOfStage = -1
    position.epochsSinceBest = 0
    guard position.bestAccuracy != nil else { return }
    let best = try TrainingNetwork(
      rows, parameters: best(), batch: settings.batch, pool: pool)
    let result = validate(best, nil)
    position.bestAccuracy = result.accuracy
    position.bestLoss = result.loss
  }

  /// Whether the time for the run is over.
  private var isOutOfTime: Bool {
    settings.seconds.map { position.seconds >= $0 } ?? false
  }

  /// The shortest time between two checkpoints at the ends of epochs.
  private static let shortestInterval = Duration.seconds(20)

  private func saveCheckpoint(_ network: TrainingNetwork) throws(TrainingError) {
    try saveBest()
    try folder.saveCheckpoint(position, network.state)
    lastCheckpoint = .now
  }

  /// Features of all views of the training photos, and of the validation photos.
  private struct Features {
    let training: KeptFeatures
    let validation: KeptFeatures
    let views: Int
  }

  private func keptFeatures(
    _ stage: TrainingStage, _ parameters: [String: [Float]]
  ) throws(TrainingError) -> Features? {
    guard stage.frozenLayers > 0 else { return nil }
    let batch = 32
    let extractor = try FrozenLayers(
      Array(rows.prefix(stage.frozenLayers)), parameters: parameters,
      preprocessing: start.preprocessing, batch: batch, pool: pool)
    let total = training.photos.count * stage.views + validation.photos.count
    var done = 0
    onEvent(.features(done: 0, of: total))
    func compute(
      _ count: Int, views: Int, _ pictures: ([Int], Int) -> [Result<RGBImage, ItemFailure>]
    ) -> KeptFeatures {
      var kept = KeptFeatures(images: count, views: views, length: extractor.length)
      for view in 0..<views {
        for first in stride(from: 0, to: count, by: batch) {
          if stop.isRaised { return kept }
          let indices = Array(first..<min(first + batch, count))
          var usable: [(index: Int, image: RGBImage)] = []
          for (index, result) in zip(indices, pictures(indices, view)) {
            if case .success(let image) = result { usable.append((index, image)) }
          }
          let values = extractor.features(of: usable.map(\.image))
          for (item, row) in zip(usable, values) { kept.set(row, image: item.index, view: view) }
          done += indices.count
          onEvent(.features(done: done, of: total))
        }
      }
      return kept
    }
    let trainingFeatures = compute(training.photos.count, views: stage.views) { indices, view in
      let pictures = preparation.augmented(training, indices, view: view, pool: pool)
      report(pictures, indices, training)
      return pictures
    }
    let validationFeatures = compute(validation.photos.count, views: 1) { indices, _ in
      exactPictures(indices)
    }
    return Features(
      training: trainingFeatures, validation: validationFeatures, views: stage.views)
  }

  // MARK: An epoch

  private func runEpoch(
    _ stage: TrainingStage, _ network: TrainingNetwork, _ features: Features?,
    frozen: [String: [Float]]
  ) throws(TrainingError) -> End {
    let order = order(epoch: position.epochsDone, features)
    let batches = Self.batches(order.count, of: settings.batch)
    let began = ContinuousClock.now
    var imagesHere = 0
    var rate = 0.0
    onEvent(.epochBegins(progress(stage, of: order.count)))
    while position.step < batches.count {
      if stop.isRaised { return .stopped }
      if isOutOfTime { break }
      let share =
        settings.seconds.map { position.seconds / $0 }
        ?? (Double(position.epoch) + Double(position.step) / Double(batches.count))
        / Double(stage.epochs)
      if features == nil {
        let size = stage.size(at: share) ?? start.architecture.inputSize
        if size != position.size { try resize(network, to: size) }
      }
      let stepBegan = ContinuousClock.now
      rate =
        stage.schedule.rate(at: share, reductions: position.plateau.reductions)
        * position.rateFactor
      let indices = Array(order[batches[position.step]])
      let taken = step(indices, network, features, rate: rate)
      guard taken else {
        try takeBack(network)
        continue
      }
      imagesHere += indices.count
      position.step += 1
      position.seconds += (ContinuousClock.now - stepBegan) / .seconds(1)
      if ContinuousClock.now - lastCheckpoint > checkpointInterval {
        try saveCheckpoint(network)
      }
      onEvent(.step(progress(stage, of: order.count)))
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    let result = validate(network, features)
    let report = EpochReport(
      stage: position.stage, epoch: position.epochsDone + 1,
      epochOfStage: position.epoch + 1, epochs: stage.epochs,
      usesKeptFeatures: features != nil, size: position.size, rate: rate,
      trainingLoss: position.lossSum / Double(max(1, position.images)),
      trainingAccuracy: Double(position.correct) / Double(max(1, position.images)),
      validationLoss: result.loss, validationAccuracy: result.accuracy, isBest: isBetter(result),
      imagesPerSecond: seconds > 0 ? Double(imagesHere) / seconds : 0)
    record(result, of: network, frozen: frozen)
    position.plateau.record(result.accuracy)
    position.epoch += 1
    position.epochsDone += 1
    position.step = 0
    position.lossSum = 0
    position.correct = 0
    position.images = 0
    onEvent(.epoch(report))
    return .finished
  }

  private func progress(_ stage: TrainingStage, of images: Int) -> TrainingProgress {
    TrainingProgress(
      stage: position.stage, epoch: position.epoch, epochs: stage.epochs, size: position.size,
      images: position.images, imagesOfEpoch: images,
      loss: position.lossSum / Double(max(1, position.images)))
  }

  /// The photos of an epoch in random order.
  private func order(epoch: Int, _ features: Features?) -> [Int] {
    var random = RandomStream(seed: settings.seed, .order, UInt64(epoch))
    return Array(training.photos.indices).shuffled(using: &random)
  }

  /// Parts of nearly the same size, of at most `batch` photos.
  static func batches(_ count: Int, of batch: Int) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let parts = (count + batch - 1) / batch
    return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
  }

  /// One step of gradient descent.
  ///
  /// - Returns: false where it must not be taken, since something is NaN or infinite, or since the
  ///   loss exploded. The network is then as before.
  private func step(
    _ indices: [Int], _ network: TrainingNetwork, _ features: Features?, rate: Double
  ) -> Bool {
    let used = writeInputs(indices, network, features)
    guard !used.isEmpty else { return true }
    let classes = used.map { training.photos[$0].photo.classIndex }
    let targets = targets(of: used, classes)
    var random = RandomStream(
      seed: settings.seed, .dropout, UInt64(position.epochsDone), UInt64(position.step))
    let logits = network.forward(images: used.count, dropoutSeed: random.next())
    let loss = network.losses(targets, images: used.count).reduce(0, +)
    // Ten times the loss of a network that knows nothing.
    let softening = teacher == nil ? 1 : max(1, settings.teacherTemperature)
    let limit = 10 * softening * softening * log(Double(max(2, start.architecture.classCount)))
    guard loss.isFinite, loss < limit else { return false }
    network.backward(images: used.count)
    var descent = DescentStep(
      rate: Float(rate), momentum: Float(settings.momentum),
      weightDecay: Float(settings.weightDecay))
    let norm = network.gradientNorm(images: used.count)
    guard norm.isFinite else {
      network.clearGradients()
      return false
    }
    if let clip = settings.clipNorm, norm > clip { descent.gradientScale = Float(clip / norm) }
    position.lossSum += loss * Double(used.count)
    position.images += used.count
    let answers = TrainingNetwork.answers(logits, images: used.count)
    position.correct += zip(answers, classes).count { $0 == $1 }
    network.descend(descent, images: used.count)
    return true
  }

  private func targets(of indices: [Int], _ classes: [Int]) -> BatchTargets {
    var targets = BatchTargets(labels: classes)
    targets.labelSmoothing = Float(settings.labelSmoothing)
    targets.labelWeights = classes.map { classWeights[$0] }
    guard let teacher else { return targets }
    let matrix = Matrix(rows: indices.count, columns: start.architecture.classCount)
    let temperature = settings.teacherTemperature
    targets.temperature = Float(temperature)
    targets.probabilityWeights = Array(repeating: 0, count: indices.count)
    for (row, index) in indices.enumerated() {
      let path = training.photos[index].photo.path
      guard let values = teacher.probabilities(of: path, temperature: temperature) else { continue }
      matrix.setValues(values, row: row)
      let weight = targets.labelWeights[row]
      let share = training.photos[index].photo.isPredicted ? 1 : settings.teacherWeight
      // Gradients of softened probabilities are smaller by the square of the temperature (Hinton,
      // Vinyals and Dean, "Distilling the knowledge in a neural network", 2015, section 2.1).
      targets.probabilityWeights[row] =
        weight * Float(share * temperature * temperature)
      targets.labelWeights[row] = weight * Float(1 - share)
    }
    targets.probabilities = matrix
    return targets
  }

  /// Writes the inputs of a step.
  ///
  /// - Returns: the photos that could be read.
  private func writeInputs(
    _ indices: [Int], _ network: TrainingNetwork, _ features: Features?
  ) -> [Int] {
    if let features {
      for (row, index) in indices.enumerated() {
        var random = RandomStream(
          seed: settings.seed, .augmentation, UInt64(position.epochsDone), UInt64(index))
        let view = Int(random.next() % UInt64(features.views))
        features.training.write(image: index, view: view, to: network.head.input, row: row)
      }
      return indices
    }
    let pictures = preparation.augmented(
      training, indices, view: position.epochsDone, size: position.size, pool: pool)
    report(pictures, indices, training)
    return write(pictures, indices, network)
  }

  /// Writes pictures as the inputs of the next step or validation.
  ///
  /// - Returns: the photos that could be read.
  private func write(
    _ pictures: [Result<RGBImage, ItemFailure>], _ indices: [Int], _ network: TrainingNetwork
  ) -> [Int] {
    var used: [Int] = []
    for (index, result) in zip(indices, pictures) {
      guard case .success(let image) = result else { continue }
      network.trunk?.withInput(used.count) { input in
        start.preprocessing.normalize(image, into: &input)
      }
      used.append(index)
    }
    return used
  }

  private func report(
    _ pictures: [Result<RGBImage, ItemFailure>], _ indices: [Int], _ photos: TrainingPhotos
  ) {
    for (index, result) in zip(indices, pictures) {
      guard case .failure(let failure) = result else { continue }
      let path = photos.photos[index].photo.path.repaired
      if lost.insert(path).inserted {
        onEvent(.unreadable(path: path, reason: failure.message))
      }
    }
  }

  /// Goes back to the last checkpoint with half the rate.
  private func takeBack(_ network: TrainingNetwork) throws(TrainingError) {
    let rateFactor = position.rateFactor / 2
    guard rateFactor > 1e-6 else { throw .diverged }
    if let checkpoint = try folder.loadCheckpoint(), checkpoint.position.stage == position.stage {
      position = checkpoint.position
      try network.resize(rows(ofSize: position.size))
      // What was found after the checkpoint is found again.
      unsavedBest = nil
      try network.restore(checkpoint.state)
    } else {
      throw .diverged
    }
    position.rateFactor = rateFactor
    onEvent(.stepTakenBack(rateFactor: rateFactor))
  }

  // MARK: Validation

  /// Weights and biases of layers that are not trained, and of layers that are, by name.
  private struct BestNetwork {
    /// May hold others, too, which do not count.
    let frozen: [String: [Float]]
    let trained: [String: [Float]]

    var allParameters: [String: [Float]] { frozen.merging(trained) { $1 } }
  }

  struct Validation {
    var accuracy: Double
    var loss: Double
  }

  private func isBetter(_ result: Validation) -> Bool {
    guard result.loss.isFinite else { return false }
    guard let best = position.bestAccuracy else { return true }
    return (result.accuracy, -result.loss) > (best, -position.bestLoss)
  }

  private func validate(_ network: TrainingNetwork, _ features: Features?) -> Validation {
    var (loss, correct, count) = (0.0, 0, 0)
    for part in Self.batches(validation.photos.count, of: settings.batch) {
      var used: [Int] = []
      if let features {
        for index in part {
          features.validation.write(
            image: index, view: 0, to: network.head.input, row: used.count)
          used.append(index)
        }
      } else {
        let indices = Array(part)
        used = write(exactPictures(indices, size: position.size), indices, network)
      }
      guard !used.isEmpty else { continue }
      let classes = used.map { validation.photos[$0].photo.classIndex }
      let logits = network.forward(images: used.count, dropoutSeed: nil)
      let losses = network.head.losses(
        BatchTargets(labels: classes), images: used.count, weight: 1)
      loss += losses.reduce(0, +)
      correct += zip(TrainingNetwork.answers(logits, images: used.count), classes)
        .count { $0 == $1 }
      count += used.count
    }
    return Validation(
      accuracy: Double(correct) / Double(max(1, count)), loss: loss / Double(max(1, count)))
  }

  /// The bytes that exact pictures of the validation photos may take.
  private static let validationMemory = 256 << 20

  /// Validation photos as classification sees them, or the same brought to another size.
  private func exactPictures(
    _ indices: [Int], size: Int? = nil
  ) -> [Result<RGBImage, ItemFailure>] {
    let pictures = exactPictures(indices)
    guard let size, size != start.architecture.inputSize else { return pictures }
    return pool.map(pictures.count) { index in
      pictures[index].map { $0.scaled(to: size) }
    }
  }

  private func exactPictures(_ indices: [Int]) -> [Result<RGBImage, ItemFailure>] {
    let missing = indices.filter { validationPictures[$0] == nil }
    let found = preparation.exact(validation, missing, pool: pool)
    report(found, missing, validation)
    let results = Dictionary(uniqueKeysWithValues: zip(missing, found))
    let size = start.architecture.inputSize
    let kept = Self.validationMemory / (size * size * 3)
    for (index, result) in results where index < kept {
      if case .success(let image) = result { validationPictures[index] = image }
    }
    return indices.map { index in
      if let picture = validationPictures[index] { return .success(picture) }
      return results[index] ?? .failure(ItemFailure(.internal, "no picture"))
    }
  }

  /// What a network gives for the first validation photos: the probabilities of all classes, or nil
  /// for a photo that can no longer be read.
  ///
  /// - Throws: ``TrainingError``.
  public func validationProbabilities(
    _ parameters: [String: [Float]], atMost count: Int
  ) throws(TrainingError) -> [[Float]?] {
    let indices = Array(validation.photos.indices.prefix(count))
    let extractor = try FrozenLayers(
      rows, parameters: parameters, preprocessing: start.preprocessing,
      batch: max(1, indices.count), pool: pool)
    return exactPictures(indices).map { result in
      guard case .success(let picture) = result else { return nil }
      return extractor.features(of: [picture]).first.map(Self.softmax)
    }
  }

  private static func softmax(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  /// Keeps the network if it is the best so far.
  private func record(
    _ result: Validation, of network: TrainingNetwork, frozen: [String: [Float]]
  ) {
    position.epochsSinceBest += 1
    if result.accuracy > position.bestOfStage {
      position.bestOfStage = result.accuracy
      position.epochsSinceBest = 0
    }
    guard isBetter(result) else { return }
    let parameters = network.parameters
    guard parameters.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return }
    position.bestAccuracy = result.accuracy
    position.bestLoss = result.loss
    position.best += 1
    unsavedBest = BestNetwork(frozen: frozen, trained: parameters)
  }

  /// Writes the best network, if it is not in the folder yet. Only a checkpoint needs it there.
  private func saveBest() throws(TrainingError) {
    guard let unsavedBest else { return }
    // What the first stage keeps frozen is known: the file need not hold it.
    try folder.saveBest(
      position.best, position.stage == 0 ? unsavedBest.trained : unsavedBest.allParameters)
    self.unsavedBest = nil
  }

  /// The weights and biases of the best network so far, by name.
  ///
  /// - Throws: ``TrainingError``, also where there is none.
  public func best() throws(TrainingError) -> [String: [Float]] {
    if let unsavedBest { return unsavedBest.allParameters }
    return start.parameters.merging(try folder.loadBest(position.best)) { $1 }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
