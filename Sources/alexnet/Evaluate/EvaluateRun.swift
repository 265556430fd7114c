import Classification
import ModelLibrary
import System

/// Runs a model over labelled images, and counts its answers.
struct EvaluateRun {
  /// What a model made of the images.
  struct Outcome {
    var evaluation: Evaluation
    /// The most probable class of each image, in their order; nil for an image that could not be
    /// read.
    var answers: [Int?] = []
    var seconds = 0.0
  }

  let images: LabelledImages
  /// The folder that the images are in.
  let data: RawPath
  let run: ImageRun
  /// Whether failures and skipped files are not reported: a second run over the same images would
  /// only repeat them.
  var isSilent = false

  /// Classifies everything.
  ///
  /// - Parameter mistakes: what gets the records with their thumbnails; nil for nobody.
  /// - Throws: what ends the command if there is nothing to report.
  func perform(
    with model: Model, _ options: ClassifierOptions, _ mistakes: MistakeReport? = nil
  ) throws -> Outcome {
    var options = options
    options.top = Evaluation.predictionsNeeded
    var outcome = Outcome(evaluation: Evaluation(labels: model.labels))
    func take(_ record: Record, thumbnail: [UInt8]?) throws(OutputError) {
      let truth = images.classIndex(of: record, at: outcome.answers.count)
      if let truth { outcome.evaluation.add(record.outcome, truth: truth) }
      outcome.answers.append(record.outcome.predictions.first?.index)
      if !isSilent { run.report(record) }
      try mistakes?.add(record, thumbnail: thumbnail, truth: truth)
    }
    let start = ContinuousClock.now
    let summary: RunSummary
    if mistakes == nil {
      summary = try run.perform(images.source, with: Classifier(model, options)) {
        (record) throws(OutputError) in try take(record, thumbnail: nil)
      }
    } else {
      options.photoSide = Thumbnail.side
      summary = try run.perform(images.source, with: Classifier(model, options).illustrated) {
        (record) throws(OutputError) in
        try take(record.withoutThumbnail, thumbnail: record.thumbnail)
      }
    }
    outcome.seconds = (ContinuousClock.now - start) / .seconds(1)
    try check(summary)
    return outcome
  }

  private func check(_ summary: RunSummary) throws {
    try run.checkEnd(summary)
    // The accuracy on some of the images must not be taken for that on all of them.
    if summary.stopped {
      run.reportTooManyFailures(summary, consequence: "there is no result")
      throw SilentExit(status: .inputFailed)
    }
    if !isSilent { run.note(passedOver: summary.passedOver) }
    if summary.foundNothing {
      throw CommandFailure(
        .noInput,
        summary.missingInputs > 0
          ? "none of the images is in \(data)" : "there is no image in \(data)")
    }
  }
}

extension Record.Outcome {
  fileprivate var predictions: [Prediction] {
    if case .answered(_, let predictions) = self { predictions } else { [] }
  }
}
