import Architecture
import Classification
import Images
import ModelLibrary
import Network
import Preprocessing
import System
import Threads
import Training

/// A model whose probabilities for the training photos are learned, too.
struct ModelTeacher {
  let source: ModelSource
  private static let batch = 32

  /// Targets for training these classes, without any photo yet.
  ///
  /// - Throws: ``TrainingDataError/unknownToTeacher(names:)`` where the model does not know all of
  ///   them.
  func empty(for classes: [ClassLabel]) throws(TrainingDataError) -> TeacherTargets {
    try TeacherTargets(outputs: source.model.labels, classes: classes)
  }

  /// Classifies every photo once, prepared as the model itself wants it. Photos that can no longer
  /// be read are left out.
  ///
  /// - Parameters:
  ///   - empty: what ``empty(for:)`` gave.
  ///   - onProgress: called with the number of photos that were classified since the last call.
  /// - Returns: nil where `stop` was raised.
  func targets(
    _ photos: TrainingPhotos, adding empty: TeacherTargets, options: ClassifierOptions,
    pool: WorkerPool, stop: StopFlag, onProgress: (Int) -> Void
  ) -> TeacherTargets? {
    let model = source.model
    var targets = empty
    let reader = PhotoReader(
      model.preprocessing, inputSize: model.parameters.architecture.inputSize, options: options)
    let plan = Plan(
      model.parameters, strategy: .best(forBatch: Self.batch), precision: model.precision,
      pool: pool)
    let workspace = Workspace(for: plan, batch: Self.batch, pool: pool)
    let all = photos.photos.map(\.photo)
    for first in stride(from: 0, to: all.count, by: Self.batch) {
      if stop.isRaised { return nil }
      let part = Array(all[first..<min(first + Self.batch, all.count)])
      let pictures = pool.map(part.count) { index in
        Result { () throws(ItemFailure) in try reader.exactPicture(of: part[index]) }
      }
      var read: [Photo] = []
      for case (let photo, .success(let picture)) in zip(part, pictures) {
        workspace.withInput(read.count) { model.preprocessing.normalize(picture, into: &$0) }
        read.append(photo)
      }
      workspace.forward(count: read.count)
      for (index, photo) in read.enumerated() {
        targets.add(photo.path, outputs: workspace.probabilities(index))
      }
      onProgress(part.count)
    }
    return targets
  }
}
