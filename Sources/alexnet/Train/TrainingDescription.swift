import Architecture
import Classification
import JSON
import ModelLibrary
import Network
import Preprocessing
import Training

/// What decides the result of a training run. A run that goes on must have the same.
struct TrainingDescription {
  let settings: TrainingSettings
  let photos: TrainingSets
  let base: TrainingBase
  /// The model that teaches; nil without one.
  let teacher: ModelSource?
  /// What `--targets` says; nil without it.
  let targets: TeacherTargets?
  let architecture: Architecture
  let options: ClassifierOptions

  var json: JSONValue {
    [
      "program": .string(AlexNetCommand.version),
      "network": .string(architecture.name),
      "from": base.source.map { .string($0.sha256) } ?? .null,
      "teacher": teacher.map { .string($0.sha256) } ?? .null,
      "classes": .array(photos.classes.map { .string($0.wnid ?? $0.label) }),
      "data": [
        "training": digest(photos.training), "validation": digest(photos.validation),
        "targets": targets.map {
          .string(String($0.contentDigest(for: photos.training), radix: 16))
        } ?? .null,
      ],
      "preprocessing": base.preprocessing.json,
      "decoding": options.decodingJSON,
      "threads": .integer(options.threads),
      "settings": settings.json,
    ]
  }

  /// The number of photos, and a number that stands for their contents, classes and order.
  private func digest(_ photos: TrainingPhotos) -> JSONValue {
    [
      "photos": .integer(photos.photos.count),
      "digest": .string(String(photos.contentDigest, radix: 16)),
    ]
  }

  /// What the metadata of the new model says.
  var metadata: JSONValue {
    [
      "program": .string("alexnet \(AlexNetCommand.version)"),
      "photos": .integer(photos.training.photos.count),
      "from": base.source.map { .string($0.model.name) } ?? .null,
      "teacher": teacher.map { .string($0.model.name) } ?? .null,
      "settings": settings.json,
    ]
  }

  /// The accuracy as the metadata of models gives it.
  func accuracy(_ evaluation: Evaluation) -> JSONValue {
    let total = evaluation.total
    return [
      "validation": [
        "images": .integer(total.images),
        "top1": total.top1.value.map(JSONValue.number) ?? .null,
        "top5": total.top5.value.map(JSONValue.number) ?? .null,
      ]
    ]
  }
}
