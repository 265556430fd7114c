import Classification
import Images
import JSON
import ModelLibrary
import Network
import Preprocessing
import System
import Threads
import Training

/// Runs the finished model over the validation photos.
final class TrainedModelEvaluation {
  /// A photo that was taken for something else.
  struct Mistake {
    let photo: Photo
    let picture: RGBImage
    let truth: String
    let predicted: String
    /// The probability of the wrong class.
    let probability: Float

    var json: JSONValue {
      [
        "path": .string(photo.path.repaired), "label": .string(truth),
        "predicted": .string(predicted), "probability": .float(probability),
      ]
    }
  }

  /// The worst mistakes: those whose wrong class had the highest probability.
  private(set) var mistakes: [Mistake] = []
  private static let mistakesKept = 25

  private let model: Model
  private let reader: PhotoReader
  private let pool: WorkerPool

  /// How many photos are classified with the finished file and compared with the training.
  static let checkedPhotos = 10
  private static let batch = 16
  /// The largest difference between two probabilities that rounding explains.
  private static let tolerance: Float = 1e-3

  init(_ model: Model, reader: PhotoReader, pool: WorkerPool) {
    self.model = model
    self.reader = reader
    self.pool = pool
  }

  /// - Parameter onFailure: called with each photo that can no longer be read, and the reason.
  func evaluate(
    _ photos: TrainingPhotos, onFailure: (String, String) -> Void
  ) -> Evaluation {
    var evaluation = Evaluation(labels: model.labels)
    let run = PhotoRun(model: model, reader: reader, pool: pool, batch: Self.batch)
    let plan = Plan(
      model.parameters, strategy: .best(forBatch: min(Self.batch, photos.photos.count)), pool: pool)
    run.run(photos.photos.map(\.photo), plan: plan) { photo, result in
      switch result {
      case .success(let answer):
        let predictions = topPredictions(
          answer.probabilities, labels: model.labels, count: Evaluation.predictionsNeeded)
        evaluation.add(
          .answered(size: PixelSize(width: 1, height: 1), predictions),
          truth: photo.classIndex)
        note(predictions, photo, answer.picture)
      case .failure(let failure):
        evaluation.add(.failed(failure), truth: photo.classIndex)
        onFailure(photo.path.repaired, failure.message)
      }
    }
    return evaluation
  }

  /// Whether a photo has the contents that it had when training read it.
  private func isUnchanged(_ usable: TrainingPhotos.Usable) -> Bool {
    (try? reader.widePicture(of: usable.photo).contentKey) == usable.contentKey
  }

  private func note(_ predictions: [Prediction], _ photo: Photo, _ picture: RGBImage) {
    guard let first = predictions.first, first.index != photo.classIndex else { return }
    mistakes.append(
      Mistake(
        photo: photo, picture: picture, truth: model.labels[photo.classIndex].label,
        predicted: first.label, probability: first.probability))
    mistakes.sort { $0.probability > $1.probability }
    if mistakes.count > Self.mistakesKept { mistakes.removeLast() }
  }

  /// Classifies the first photos with the model as its file gives it, exactly as `alexnet classify`
  /// does, and compares with what the network gave while it was trained.
  ///
  /// - Parameter folder: where a member of a tar file is unpacked while it is classified.
  /// - Returns: how many photos were compared. Those that can no longer be read, or have changed
  ///   meanwhile, are left out.
  /// - Throws: ``CommandFailure`` where they differ: the model would not see photos as it was
  ///   trained to. Also ``TrainingError`` where a member cannot be unpacked.
  func check(
    _ finished: Model, _ photos: TrainingPhotos, options: ClassifierOptions,
    expected: [[Float]?], folder: TrainingFolder
  ) throws -> Int {
    var checked = 0
    var options = options
    options.top = finished.labels.count
    let classifier = Classifier(finished, options)
    for (usable, expected) in zip(photos.photos, expected) {
      guard let expected else { continue }
      var found: [Prediction] = []
      var failure: ItemFailure?
      try folder.withFile(of: usable.photo, limit: options.readLimit) { path in
        _ = classifier.run(InputSource([.file(path)]), stop: StopFlag()) { record in
          switch record.outcome {
          case .answered(_, let predictions): found = predictions
          case .failed(let reason): failure = reason
          }
          return .proceed
        }
      }
      if let failure, isUnchanged(usable) {
        throw CommandFailure(
          .internalFault,
          "the finished model does not classify \(usable.photo.path), which training could read: "
            + "\(failure.message); this is a fault of the program")
      }
      let wrong = found.first { prediction in
        !(abs(prediction.probability - expected[prediction.index]) <= Self.tolerance)
      }
      if let prediction = wrong {
        guard isUnchanged(usable) else { continue }
        throw CommandFailure(
          .internalFault,
          "the finished model gives \(prediction.probability) for '\(prediction.label)' in "
            + "\(usable.photo.path), and gave \(expected[prediction.index]) in training; "
            + "this is a fault of the program")
      }
      if !found.isEmpty { checked += 1 }
    }
    return checked
  }
}
