import Architecture
import Classification
import Images
import Kernels
import Network
import Preprocessing
import System
import Threads

/// The outputs of layers that are not trained, which are computed once as far as there is room for
/// them, and each time otherwise.
extension Trainer {
  /// Features of all views of the training photos, and of the validation photos.
  struct Features {
    let training: KeptFeatures
    let validation: KeptFeatures
    let views: Int
    /// The frozen layers, for features that are not kept; nil where all are.
    let trainingLayers: FrozenLayers?
    let validationLayers: FrozenLayers?

    var areAllKept: Bool { trainingLayers == nil && validationLayers == nil }
  }

  /// How many pictures run through the frozen layers together.
  private static let featureBatch = 32

  func frozenFeatures(
    _ stage: TrainingStage, _ weights: [String: [Float]]
  ) throws(TrainingError) -> Features? {
    guard stage.frozenLayers > 0 else { return nil }
    let last = rows[stage.frozenLayers - 1]
    var forValidation = KeptFeatures(
      images: validation.photos.count, views: 1, length: last.output.count, memory: featureMemory)
    var forTraining = KeptFeatures(
      images: training.photos.count, views: stage.views, length: last.output.count,
      memory: featureMemory - forValidation.bytes)
    let kept = forTraining.rows + forValidation.rows
    let all = forTraining.allRows + forValidation.allRows
    if kept < all { onEvent(.featuresExceedMemory(kept: kept, of: all)) }
    var done = 0
    if kept > 0 { onEvent(.features(done: 0, of: kept)) }
    let parameters: Parameters
    let trainingPrecision: Precision
    do throws(NetworkError) {
      parameters = try Parameters(start.architecture, floats: weights)
      trainingPrecision = try precision(for: stage)
    } catch {
      throw .network(error)
    }
    /// Fills `features`, and gives the layers back if they are needed again.
    func fill(
      _ features: inout KeptFeatures, _ precision: Precision,
      _ pictures: ([KeptFeatures.View]) -> [PictureResult]
    ) -> FrozenLayers? {
      let layers = FrozenLayers(
        parameters, through: last.layer.name, precision: precision,
        preprocessing: start.preprocessing, batch: Self.featureBatch, pool: pool)
      for first in stride(from: 0, to: features.rows, by: Self.featureBatch) {
        if stop.isRaised { break }
        let part = first..<min(first + Self.featureBatch, features.rows)
        let found = values(part.map(features.view), layers, pictures)
        for (row, values) in zip(part, found) {
          if let values { features.set(values, row: row) }
        }
        done += part.count
        onEvent(.features(done: done, of: kept))
      }
      return features.rows < features.allRows ? layers : nil
    }
    let trainingLayers = fill(&forTraining, trainingPrecision, augmentedPictures)
    // In float32, as the finished model computes.
    let validationLayers = fill(&forValidation, .float32) { exactPictures($0.map(\.image)) }
    return Features(
      training: forTraining, validation: forValidation, views: stage.views,
      trainingLayers: trainingLayers, validationLayers: validationLayers)
  }

  /// What training photos run in through the frozen layers of a stage.
  private func precision(for stage: TrainingStage) throws(NetworkError) -> Precision {
    // The ranges are those of the weights that training begins with.
    let areAsBefore = settings.stages.prefix(position.stage).allSatisfy {
      $0.frozenLayers >= stage.frozenLayers
    }
    guard settings.runsFrozenLayersIn8Bits, areAsBefore, let calibration = start.calibration else {
      return .float32
    }
    return .int8(try Quantization(calibration, for: start.architecture))
  }

  typealias PictureResult = Result<RGBImage, ItemFailure>

  private func augmentedPictures(_ views: [KeptFeatures.View]) -> [PictureResult] {
    let pictures = preparation.augmented(
      training, views.map(\.image), views: views.map(\.number), pool: pool)
    report(pictures, views.map(\.image), training)
    return pictures
  }

  /// The features of views; nil for one whose photo could not be read.
  ///
  /// - Parameter pictures: makes the pictures of views.
  private func values(
    _ views: [KeptFeatures.View], _ layers: FrozenLayers,
    _ pictures: ([KeptFeatures.View]) -> [PictureResult]
  ) -> [[Float]?] {
    let pictures = pictures(views)
    var found = layers.features(of: pictures.compactMap { try? $0.get() }).makeIterator()
    return pictures.map { picture in
      if case .success = picture { found.next() } else { nil }
    }
  }

  /// Writes the inputs of a step over features: of each photo a random view.
  ///
  /// - Returns: the photos that could be read.
  func writeTraining(
    _ indices: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    let views = indices.map { index in
      var random = RandomStream(
        seed: settings.seed, .augmentation, UInt64(position.epochsDone), UInt64(index))
      return KeptFeatures.View(
        image: index, number: Int(random.next() % UInt64(features.views)))
    }
    return write(views, features.training, features.trainingLayers, network, augmentedPictures)
  }

  /// Writes the inputs of a validation over features.
  ///
  /// - Returns: the photos that could be read.
  func writeValidation(
    _ indices: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    let views = indices.map { KeptFeatures.View(image: $0, number: 0) }
    return write(views, features.validation, features.validationLayers, network) {
      exactPictures($0.map(\.image))
    }
  }

  private func write(
    _ views: [KeptFeatures.View], _ kept: KeptFeatures, _ layers: FrozenLayers?,
    _ network: TrainingNetwork, _ pictures: ([KeptFeatures.View]) -> [PictureResult]
  ) -> [Int] {
    let missing = views.filter { !kept.keeps($0) }
    var found: [[Float]?] = []
    if let layers {
      for first in stride(from: 0, to: missing.count, by: Self.featureBatch) {
        let part = missing[first..<min(first + Self.featureBatch, missing.count)]
        found += values(Array(part), layers, pictures)
      }
    }
    var computed = found.makeIterator()
    let input = network.head.input
    var used: [Int] = []
    for view in views {
      if kept.keeps(view) {
        guard kept.write(view, to: input, row: used.count) else { continue }
      } else {
        guard let values = computed.next() ?? nil else { continue }
        input.setValues(values, row: used.count)
      }
      used.append(view.image)
    }
    return used
  }
}
