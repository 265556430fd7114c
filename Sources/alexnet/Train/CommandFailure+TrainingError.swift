import Training

extension CommandFailure {
  /// The exit code and the line for an error of training.
  init(_ error: TrainingError) {
    let status: ExitStatus =
      switch error {
      case .notTrainable, .missingParameters, .diverged: .badModel
      case .file, .noPreview: .outputError
      case .damaged, .noCheckpoint, .otherRun: .usage
      }
    self.init(status, error.description)
  }
}
