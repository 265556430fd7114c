import Architecture
import Classification
import Images
import Kernels
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
    /// Computes what is not kept; nil where everything is.
    let extractor: FrozenLayers?

    var areAllKept: Bool { extractor == nil }
  }

  /// How many pictures run through the frozen layers together.
  private static let featureBatch = 32

  func frozenFeatures(
    _ stage: TrainingStage, _ parameters: [String: [Float]]
  ) throws(TrainingError) -> Features? {
    guard stage.frozenLayers > 0 else { return nil }
    let extractor = try FrozenLayers(
      Array(rows.prefix(stage.frozenLayers)), parameters: parameters,
      preprocessing: start.preprocessing, batch: Self.featureBatch, pool: pool)
    var forValidation = KeptFeatures(
      images: validation.photos.count, views: 1, length: extractor.length, memory: featureMemory)
    var forTraining = KeptFeatures(
      images: training.photos.count, views: stage.views, length: extractor.length,
      memory: featureMemory - forValidation.bytes)
    let kept = forTraining.rows + forValidation.rows
    let all = forTraining.allRows + forValidation.allRows
    if kept < all { onEvent(.featuresExceedMemory(kept: kept, of: all)) }
    var done = 0
    if kept > 0 { onEvent(.features(done: 0, of: kept)) }
    func fill(
      _ features: inout KeptFeatures, _ pictures: ([KeptFeatures.View]) -> [PictureResult]
    ) {
      for first in stride(from: 0, to: features.rows, by: Self.featureBatch) {
        if stop.isRaised { return }
        let part = first..<min(first + Self.featureBatch, features.rows)
        let found = values(pictures(part.map(features.view)), extractor)
        for (row, values) in zip(part, found) {
          if let values { features.set(values, row: row) }
        }
        done += part.count
        onEvent(.features(done: done, of: kept))
      }
    }
    fill(&forTraining, augmentedPictures)
    fill(&forValidation) { exactPictures($0.map(\.image)) }
    return Features(
      training: forTraining, validation: forValidation, views: stage.views,
      extractor: kept < all ? extractor : nil)
  }

  typealias PictureResult = Result<RGBImage, ItemFailure>

  private func augmentedPictures(_ views: [KeptFeatures.View]) -> [PictureResult] {
    let pictures = preparation.augmented(
      training, views.map(\.image), views: views.map(\.number), pool: pool)
    report(pictures, views.map(\.image), training)
    return pictures
  }

  /// The features of pictures; nil for one that could not be read.
  private func values(_ pictures: [PictureResult], _ extractor: FrozenLayers) -> [[Float]?] {
    var values = [[Float]?](repeating: nil, count: pictures.count)
    let readable = pictures.indices.filter { (try? pictures[$0].get()) != nil }
    for first in stride(from: 0, to: readable.count, by: Self.featureBatch) {
      let part = readable[first..<min(first + Self.featureBatch, readable.count)]
      let found = extractor.features(of: part.compactMap { try? pictures[$0].get() })
      for (index, row) in zip(part, found) { values[index] = row }
    }
    return values
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
    return write(views, features.training, features.extractor, network, augmentedPictures)
  }

  /// Writes the inputs of a validation over features.
  ///
  /// - Returns: the photos that could be read.
  func writeValidation(
    _ indices: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    let views = indices.map { KeptFeatures.View(image: $0, number: 0) }
    return write(views, features.validation, features.extractor, network) {
      exactPictures($0.map(\.image))
    }
  }

  private func write(
    _ views: [KeptFeatures.View], _ kept: KeptFeatures, _ extractor: FrozenLayers?,
    _ network: TrainingNetwork, _ pictures: ([KeptFeatures.View]) -> [PictureResult]
  ) -> [Int] {
    let missing = views.filter { !kept.keeps($0) }
    let found = extractor.map { values(pictures(missing), $0) } ?? []
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
