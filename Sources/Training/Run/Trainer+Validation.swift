import Architecture
import Classification
import Images
import Kernels
import Preprocessing
import System
import Threads

/// Measuring a network on the validation photos, and keeping the best one.
extension Trainer {
  /// Weights and biases of layers that are not trained, and of layers that are, by name.
  struct BestNetwork {
    /// May hold others, too, which do not count.
    let frozen: [String: [Float]]
    let trained: [String: [Float]]

    var allParameters: [String: [Float]] { frozen.merging(trained) { $1 } }
  }

  struct Validation {
    var accuracy: Double
    var loss: Double
  }

  /// Whether a network with this result is kept in the place of the best so far. One that is only
  /// half pruned never is.
  func isBetter(_ result: Validation) -> Bool {
    guard result.loss.isFinite else { return false }
    if position.bestAccuracy != nil, !settings.stages[position.stage].pruning.isEmpty {
      if isStillPruning { return false }
      if !position.isBestPruned { return true }
    }
    guard let best = position.bestAccuracy else { return true }
    return (result.accuracy, -result.loss) > (best, -position.bestLoss)
  }

  /// Measures a network, with averaged weights where there are any, and keeps it if it is the best
  /// so far.
  @discardableResult
  func measure(
    _ network: TrainingNetwork, _ features: Features?, frozen: [String: [Float]]
  ) -> (result: Validation, isBest: Bool) {
    let began = ContinuousClock.now
    defer {
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      position.measuringSeconds = seconds
      if position.firstMeasuringSeconds == 0 { position.firstMeasuringSeconds = seconds }
      position.seconds += seconds
    }
    return network.withAverages {
      let result = validate(network, features)
      return (result, record(result, of: network, frozen: frozen))
    }
  }

  /// Measures a network on all validation photos. One that can no longer be read counts as one that
  /// the network knows nothing about, so that results stay comparable.
  func validate(_ network: TrainingNetwork, _ features: Features?) -> Validation {
    var (loss, correct) = (0.0, 0)
    let count = validation.photos.count
    for part in Self.batches(count, of: settings.batch) {
      let indices = Array(part)
      let used =
        features.map { writeValidation(indices, of: $0, network) }
        ?? write(exactPictures(indices, size: position.size), indices, network)
      loss += Double(indices.count - used.count) * log(Double(start.architecture.classCount))
      guard !used.isEmpty else { continue }
      let classes = used.map { validation.photos[$0].photo.classIndex }
      let logits = network.forward(images: used.count, dropoutSeed: nil)
      let losses = network.head.losses(
        BatchTargets(labels: classes), images: used.count, weight: 1)
      loss += losses.reduce(0, +)
      correct += zip(TrainingNetwork.answers(logits, images: used.count), classes)
        .count { $0 == $1 }
    }
    return Validation(
      accuracy: Double(correct) / Double(max(1, count)), loss: loss / Double(max(1, count)))
  }

  /// The bytes that pictures of the validation photos take at most.
  public static let validationMemory = 256 << 20

  /// Validation photos as classification sees them, or the same brought to another size.
  func exactPictures(
    _ indices: [Int], size: Int? = nil
  ) -> [PictureResult] {
    let pictures = exactPictures(indices)
    guard let size, size != start.architecture.inputSize else { return pictures }
    return pool.map(pictures.count) { index in
      pictures[index].map { $0.scaled(to: size) }
    }
  }

  func exactPictures(_ indices: [Int]) -> [PictureResult] {
    let missing = indices.filter { validationPictures[$0] == nil }
    let found = preparation.exact(validation, missing, pool: pool)
    report(found, missing, validation)
    let results = Dictionary(uniqueKeysWithValues: zip(missing, found))
    let size = start.architecture.inputSize
    let kept = validationMemory / (size * size * 3)
    for (index, result) in results where index < kept {
      if case .success(let image) = result { validationPictures[index] = image }
    }
    return indices.map { index in
      if let picture = validationPictures[index] { return .success(picture) }
      return results[index] ?? .failure(ItemFailure(.internal, "no picture"))
    }
  }

  /// What a network gives for the first validation photos, with the kernels of training, which are
  /// not those of the finished model: the probabilities of all classes, or nil for a photo that can
  /// no longer be read. They are read again, as the files are now.
  ///
  /// - Throws: ``TrainingError``.
  public func validationProbabilities(
    _ parameters: [String: [Float]], atMost count: Int
  ) throws(TrainingError) -> [[Float]?] {
    let indices = Array(validation.photos.indices.prefix(count))
    let network = try TrainingNetwork(
      rows, parameters: parameters, batch: max(1, indices.count), pool: pool, isTrained: false)
    let used = write(preparation.exact(validation, indices, pool: pool), indices, network)
    var found: [[Float]?] = Array(repeating: nil, count: indices.count)
    guard !used.isEmpty else { return found }
    let logits = network.forward(images: used.count, dropoutSeed: nil)
    for (row, index) in used.enumerated() { found[index] = softmax(logits.values(row: row)) }
    return found
  }

  /// Keeps the network if it is the best so far.
  ///
  /// - Returns: whether it is.
  func record(
    _ result: Validation, of network: TrainingNetwork, frozen: [String: [Float]]
  ) -> Bool {
    position.epochsSinceBest += 1
    canGoBackHere = false
    // While weights are pruned, the accuracy may fall.
    if result.accuracy > position.bestOfStage || isStillPruning {
      position.bestOfStage = isStillPruning ? -1 : result.accuracy
      position.epochsSinceBest = 0
    }
    if result.accuracy > position.checkpointAccuracy || isStillPruning,
      result.loss < largestSoundLoss
    {
      position.checkpointAccuracy = isStillPruning ? -1 : result.accuracy
      canGoBackHere = true
    }
    // What is measured with pictures of another size says little about use.
    guard isAtFullSize, isBetter(result) else { return false }
    let parameters = network.parameters
    guard parameters.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return false }
    position.isBestPruned = !settings.stages[position.stage].pruning.isEmpty && !isStillPruning
    position.bestAccuracy = result.accuracy
    position.bestLoss = result.loss
    position.best += 1
    unsavedBest = BestNetwork(frozen: frozen, trained: parameters)
    return true
  }

  /// The largest loss of validation of a network to which steps may be taken back: twice that of a
  /// network that knows nothing, or of the best one where that is larger.
  private var largestSoundLoss: Double {
    2 * max(log(Double(max(2, start.architecture.classCount))), position.bestLoss)
  }

  /// Writes the best network, if it is not in the folder yet. Only a checkpoint needs it there.
  func saveBest() throws(TrainingError) {
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
