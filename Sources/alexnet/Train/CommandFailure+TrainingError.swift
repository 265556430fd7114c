import ModelLibrary
import System
import Training

extension CommandFailure {
  /// The exit code and the lines for an error of training.
  init(_ error: TrainingError) {
    let status: ExitStatus =
      switch error {
      case .notTrainable, .missingParameters, .network, .diverged, .damaged: .badFile
      case .file, .noPreview, .noCurves: .outputError
      case .inUse: .cannotCreateOutput
      case .noCheckpoint, .otherRun: .usage
      }
    var hint: String?
    if case .file(let error) = error { hint = error.hintForTraining }
    self.init(status, error.description, hint: hint)
  }

  /// The exit code and the lines for training data that cannot be used.
  init(_ error: TrainingDataError) {
    let status: ExitStatus =
      switch error {
      case .badLine, .archive(.damaged): .badFile
      case .unreadable(let error): ExitStatus(reading: error)
      default: .noInput
      }
    self.init(status, error.description, hint: error.advice)
  }

  /// The same failure with advice on how the training goes on, where its model cannot be written.
  func advisingToResume(after error: ModelError) -> CommandFailure {
    guard case .notWritten(let cause) = error else { return self }
    return CommandFailure(status, message, details: details, hint: cause.hintForTraining ?? hint)
  }
}

extension SystemError {
  /// What to do about a file of a training that cannot be written; nil for other errors.
  fileprivate var hintForTraining: String? {
    let goesOn = "then continue with --resume; the last checkpoint is complete"
    if isDiskFull { return "the disk is full: make room on it, \(goesOn)" }
    if isFileSizeLimit {
      return "files may not become so large here: raise the limit (ulimit -f), \(goesOn)"
    }
    return isFromWriting ? "the disk reports an error: repair that, \(goesOn)" : nil
  }
}
