import Architecture
import Classification
import Images
import Kernels
import Preprocessing
import System
import Threads

/// The outputs of layers that are not trained, which are computed once.
extension Trainer {
  /// Features of all views of the training photos, and of the validation photos.
  struct Features {
    let training: KeptFeatures
    let validation: KeptFeatures
    let views: Int
  }

  func keptFeatures(
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
}
