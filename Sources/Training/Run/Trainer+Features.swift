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
      _ features: inout KeptFeatures, _ precision: Precision, _ pictures: Pictures
    ) -> FrozenLayers? {
      let layers = FrozenLayers(
        parameters, through: last.layer.name, precision: precision,
        preprocessing: start.preprocessing, batch: Self.featureBatch, pool: pool)
      var row = 0
      inParts((0..<features.rows).map(features.view), then: []) { part, next in
        if stop.isRaised { return }
        for values in values(pictures(part, next), layers) {
          if let values { features.set(values, row: row) }
          row += 1
        }
        done += part.count
        onEvent(.features(done: done, of: kept))
      }
      return features.rows < features.allRows ? layers : nil
    }
    let trainingLayers = fill(&forTraining, trainingPrecision, augmentedPictures)
    // In float32, as the finished model computes.
    let validationLayers = fill(&forValidation, .float32, exactPictures)
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

  /// Makes the pictures of views, and may begin with those that are wanted next.
  private typealias Pictures = (_ views: [PhotoView], _ next: [PhotoView]) -> [PictureResult]

  private func augmentedPictures(_ views: [PhotoView], next: [PhotoView]) -> [PictureResult] {
    augmentedPictures(views, next: next, size: start.architecture.inputSize)
  }

  private func exactPictures(_ views: [PhotoView], next: [PhotoView]) -> [PictureResult] {
    exactPictures(views.map(\.image))
  }

  /// Calls `body` with as many views as run together, and with those that come next.
  ///
  /// - Parameter later: what comes after the last of `views`.
  private func inParts(
    _ views: [PhotoView], then later: [PhotoView],
    _ body: (_ part: [PhotoView], _ next: [PhotoView]) -> Void
  ) {
    func part(_ views: [PhotoView], _ first: Int) -> [PhotoView] {
      Array(views.dropFirst(first).prefix(Self.featureBatch))
    }
    for first in stride(from: 0, to: views.count, by: Self.featureBatch) {
      let next = part(views, first + Self.featureBatch)
      body(part(views, first), next.isEmpty ? part(later, 0) : next)
    }
  }

  /// The features of pictures; nil for a photo that could not be read.
  private func values(_ pictures: [PictureResult], _ layers: FrozenLayers) -> [[Float]?] {
    var found = layers.features(of: pictures.compactMap { try? $0.get() }).makeIterator()
    return pictures.map { picture in
      if case .success = picture { found.next() } else { nil }
    }
  }

  /// Writes the inputs of a step over features: of each photo a random view.
  ///
  /// - Parameter next: the photos of the step that comes next.
  /// - Returns: the photos that could be read.
  func writeTraining(
    _ indices: [Int], next: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    func view(_ index: Int) -> PhotoView {
      var random = RandomStream(
        seed: settings.seed, .augmentation, UInt64(position.epochsDone), UInt64(index))
      return PhotoView(image: index, number: Int(random.next() % UInt64(features.views)))
    }
    return write(
      indices.map(view), next: next.map(view), features.training, features.trainingLayers, network,
      augmentedPictures)
  }

  /// Writes the inputs of a validation over features.
  ///
  /// - Returns: the photos that could be read.
  func writeValidation(
    _ indices: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    let views = indices.map { PhotoView(image: $0, number: 0) }
    return write(
      views, next: [], features.validation, features.validationLayers, network, exactPictures)
  }

  private func write(
    _ views: [PhotoView], next: [PhotoView], _ kept: KeptFeatures, _ layers: FrozenLayers?,
    _ network: TrainingNetwork, _ pictures: Pictures
  ) -> [Int] {
    var found: [[Float]?] = []
    if let layers {
      func missing(_ views: [PhotoView]) -> [PhotoView] { views.filter { !kept.keeps($0) } }
      inParts(missing(views), then: missing(next)) { part, next in
        found += values(pictures(part, next), layers)
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
