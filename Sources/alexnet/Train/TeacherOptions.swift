import ArgumentParser
import ModelLibrary
import Network
import System
import Training

/// Learning from what another classifier sees in the photos.
struct TeacherOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Learn from another model's predictions, too: JSON Lines of 'path' and 'predictions' with "
        + "their 'probability', as 'alexnet classify --jsonl --top 1000' and other programs write "
        + "them. Paths are as in the data, or relative to the folder of this file.",
      valueName: "file"),
    completion: .file())
  var targets: String?

  @Option(
    help: ArgumentHelp(
      "Learn to give the probabilities that this model gives, too. It must know all classes of the "
        + "data, and classifies each photo once, as it is, rather than each changed picture of it.",
      valueName: "name-or-path"),
    completion: .file())
  var teacher: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How much the teacher counts, 0 to 1; the labels count the rest. (default: 0.7)",
      valueName: "share"))
  var targetsWeight: Double?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Soften the teacher's probabilities; 1 leaves them as they are. (default: 1)",
      valueName: "number"))
  var temperature: Double?

  func validate() throws {
    if targets == "" { throw ValidationError("The name of the targets is empty.") }
    if teacher == "" { throw ValidationError("The name of the teacher is empty.") }
    if targets != nil, teacher != nil {
      throw ValidationError("--targets and --teacher exclude each other.")
    }
    if targets == nil, teacher == nil, targetsWeight != nil || temperature != nil {
      throw ValidationError("--targets-weight and --temperature need --targets or --teacher.")
    }
    if let targetsWeight, !(targetsWeight >= 0 && targetsWeight <= 1) {
      throw ValidationError("--targets-weight must be between 0 and 1.")
    }
    if let temperature, !(temperature >= 0.1 && temperature <= 100) {
      throw ValidationError("--temperature must be between 0.1 and 100.")
    }
  }

  func apply(to settings: inout TrainingSettings) {
    if let targetsWeight { settings.teacherWeight = targetsWeight }
    if let temperature { settings.teacherTemperature = temperature }
  }

  /// The model that teaches; nil without `--teacher`.
  ///
  /// - Throws: ``ModelError`` where it cannot be opened.
  func openModel(_ library: ModelLibrary) throws -> ModelTeacher? {
    try teacher.map { ModelTeacher(source: try library.source(RawPath(argument: $0))) }
  }

  /// What `--targets` holds; nil without it.
  ///
  /// - Throws: ``TrainingDataError``.
  func open(_ classes: [ClassLabel]) throws -> TeacherTargets? {
    try targets.map { try TeacherTargets(RawPath(argument: $0), classes: classes) }
  }
}
