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
    var training: KeptFeatures
    var validation: KeptFeatures
    let views: Int
    /// For those that are not kept.
    let extractor: FrozenLayers
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
    let validation = KeptFeatures(
      images: validation.photos.count, views: 1, length: extractor.length, memory: featureMemory)
    let training = KeptFeatures(
      images: training.photos.count, views: stage.views, length: extractor.length,
      memory: featureMemory - validation.size)
    var features = Features(
      training: training, validation: validation, views: stage.views, extractor: extractor)
    let (total, all) = (training.rows + validation.rows, training.all + validation.all)
    if total < all { onEvent(.featuresExceedMemory(kept: total, of: all)) }
    var done = 0
    onEvent(.features(done: 0, of: total))
    func fill(
      _ kept: inout KeptFeatures, _ pictures: ([KeptFeatures.Place]) -> [PictureResult]
    ) {
      for first in stride(from: 0, to: kept.rows, by: Self.featureBatch) {
        if stop.isRaised { return }
        let rows = first..<min(first + Self.featureBatch, kept.rows)
        let found = values(pictures(rows.map(kept.place)), extractor)
        for (row, values) in zip(rows, found) {
          if let values { kept.set(values, row: row) }
        }
        done += rows.count
        onEvent(.features(done: done, of: total))
      }
    }
    fill(&features.training, augmentedPictures)
    fill(&features.validation, { exactPictures($0.map(\.image)) })
    return features
  }

  typealias PictureResult = Result<RGBImage, ItemFailure>

  private func augmentedPictures(_ places: [KeptFeatures.Place]) -> [PictureResult] {
    let pictures = preparation.augmented(
      training, places.map(\.image), views: places.map(\.view), pool: pool)
    report(pictures, places.map(\.image), training)
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
    let places = indices.map { index in
      var random = RandomStream(
        seed: settings.seed, .augmentation, UInt64(position.epochsDone), UInt64(index))
      return KeptFeatures.Place(
        image: index, view: Int(random.next() % UInt64(features.views)))
    }
    return write(places, features.training, features, network, augmentedPictures)
  }

  /// Writes the inputs of a validation over features.
  ///
  /// - Returns: the photos that could be read.
  func writeValidation(
    _ indices: [Int], of features: Features, _ network: TrainingNetwork
  ) -> [Int] {
    let places = indices.map { KeptFeatures.Place(image: $0, view: 0) }
    return write(places, features.validation, features, network, { exactPictures($0.map(\.image)) })
  }

  private func write(
    _ places: [KeptFeatures.Place], _ kept: KeptFeatures, _ features: Features,
    _ network: TrainingNetwork, _ pictures: ([KeptFeatures.Place]) -> [PictureResult]
  ) -> [Int] {
    let input = network.head.input
    let missing = places.filter { !kept.keeps($0) }
    var computed = values(pictures(missing), features.extractor).makeIterator()
    var used: [Int] = []
    for place in places {
      if kept.keeps(place) {
        guard kept.write(place, to: input, row: used.count) else { continue }
      } else {
        guard let values = computed.next() ?? nil else { continue }
        input.setValues(values, row: used.count)
      }
      used.append(place.image)
    }
    return used
  }
}
