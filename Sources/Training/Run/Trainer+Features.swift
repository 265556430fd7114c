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
    /// Compute what is not kept; nil where everything is.
    let layers: Layers?

    var areAllKept: Bool { layers == nil }
  }

  /// The layers that are not trained.
  struct Layers {
    /// For training photos; in 8 bits where the settings say so.
    let training: FrozenLayers
    /// For validation photos: in float32, as the finished model computes.
    let validation: FrozenLayers
  }

  /// How many pictures run through the frozen layers together.
  private static let featureBatch = 32

  func frozenFeatures(
    _ stage: TrainingStage, _ parameters: [String: [Float]]
  ) throws(TrainingError) -> Features? {
    guard stage.frozenLayers > 0 else { return nil }
    let last = rows[stage.frozenLayers - 1]
    let layers = try frozenLayers(through: last.layer.name, parameters)
    let length = last.output.count
    var forValidation = KeptFeatures(
      images: validation.photos.count, views: 1, length: length, memory: featureMemory)
    var forTraining = KeptFeatures(
      images: training.photos.count, views: stage.views, length: length,
      memory: featureMemory - forValidation.bytes)
    let kept = forTraining.rows + forValidation.rows
    let all = forTraining.allRows + forValidation.allRows
    if kept < all { onEvent(.featuresExceedMemory(kept: kept, of: all)) }
    var done = 0
    if kept > 0 { onEvent(.features(done: 0, of: kept)) }
    func fill(
      _ features: inout KeptFeatures, _ layers: FrozenLayers,
      _ pictures: ([KeptFeatures.View]) -> [PictureResult]
    ) {
      for first in stride(from: 0, to: features.rows, by: Self.featureBatch) {
        if stop.isRaised { return }
        let part = first..<min(first + Self.featureBatch, features.rows)
        let found = values(pictures(part.map(features.view)), layers)
        for (row, values) in zip(part, found) {
          if let values { features.set(values, row: row) }
        }
        done += part.count
        onEvent(.features(done: done, of: kept))
      }
    }
    fill(&forTraining, layers.training, augmentedPictures)
    fill(&forValidation, layers.validation) { exactPictures($0.map(\.image)) }
    return Features(
      training: forTraining, validation: forValidation, views: stage.views,
      layers: kept < all ? layers : nil)
  }

  /// - Parameter layer: the name of the last one.
  private func frozenLayers(
    through layer: String, _ floats: [String: [Float]]
  ) throws(TrainingError) -> Layers {
    let parameters: Parameters
    let quantization: Quantization?
    do throws(NetworkError) {
      parameters = try Parameters(start.architecture, floats: floats)
      let calibration = settings.runsFrozenLayersIn8Bits ? start.calibration : nil
      quantization = try calibration.map { (calibration) throws(NetworkError) in
        try Quantization(calibration, for: start.architecture)
      }
    } catch {
      throw .network(error)
    }
    func layers(_ precision: Precision) -> FrozenLayers {
      FrozenLayers(
        parameters, through: layer, precision: precision, preprocessing: start.preprocessing,
        batch: Self.featureBatch, pool: pool)
    }
    let exact = layers(.float32)
    return Layers(training: quantization.map { layers(.int8($0)) } ?? exact, validation: exact)
  }

  typealias PictureResult = Result<RGBImage, ItemFailure>

  private func augmentedPictures(_ views: [KeptFeatures.View]) -> [PictureResult] {
    let pictures = preparation.augmented(
      training, views.map(\.image), views: views.map(\.number), pool: pool)
    report(pictures, views.map(\.image), training)
    return pictures
  }

  /// The features of pictures; nil for one that could not be read.
  private func values(_ pictures: [PictureResult], _ layers: FrozenLayers) -> [[Float]?] {
    let readable = pictures.compactMap { try? $0.get() }
    var found = layers.features(of: readable).makeIterator()
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
    return write(views, features.training, features.layers?.training, network, augmentedPictures)
  }

  /// Writes the inputs of a validation over features.
  ///
  /// - Returns: the photos that could be read.
  func writeValidation(
    _ indices: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    let views = indices.map { KeptFeatures.View(image: $0, number: 0) }
    return write(views, features.validation, features.layers?.validation, network) {
      exactPictures($0.map(\.image))
    }
  }

  private func write(
    _ views: [KeptFeatures.View], _ kept: KeptFeatures, _ layers: FrozenLayers?,
    _ network: TrainingNetwork, _ pictures: ([KeptFeatures.View]) -> [PictureResult]
  ) -> [Int] {
    let missing = views.filter { !kept.keeps($0) }
    let found = layers.map { values(pictures(missing), $0) } ?? []
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
