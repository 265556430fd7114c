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
    let run = PhotoRun(
      model: model,
      reader: PhotoReader(
        model.preprocessing, inputSize: model.parameters.architecture.inputSize, options: options),
      pool: pool, batch: Self.batch)
    let plan = Plan(
      model.parameters, strategy: .best(forBatch: Self.batch), precision: model.precision,
      pool: pool)
    let isComplete = run.run(
      photos.photos.map(\.photo), plan: plan, stop: stop, onBatch: onProgress
    ) { photo, result in
      if case .success(let answer) = result {
        targets.add(photo.path, outputs: answer.probabilities)
      }
    }
    return isComplete ? targets : nil
  }
}
