import Classification
import ModelLibrary
import System

/// Runs over labelled images: records are counted as they come, failures named.
struct EvaluateRun {
  /// What a model made of the images.
  struct Outcome {
    var evaluation: Evaluation
    /// The likeliest class of each image, in their order; nil where it could not be read.
    var answers: [Int?] = []
    var seconds = 0.0
  }

  let images: LabelledImages
  /// The folder that they are in.
  let data: RawPath
  let console: Console
  let stop: StopFlag
  let failsFast: Bool
  let showsProgress: Bool
  /// Whether failures and what was passed over are named: once is enough.
  var isSilent = false

  /// Classifies everything.
  ///
  /// - Throws: what ends the command, where there is nothing to report.
  func perform(with model: Model, _ options: ClassifierOptions) throws -> Outcome {
    var options = options
    options.top = Evaluation.predictionsNeeded
    let classifier = Classifier(model, options)
    var outcome = Outcome(evaluation: Evaluation(labels: model.labels))
    let count = InputCount()
    if showsProgress && console.canShowProgress {
      count.start(images.source, stop: stop)
      console.startProgress()
    }
    let start = ContinuousClock.now
    let summary = classifier.run(images.source, stop: stop) { record in
      if let truth = images.classIndex(of: record, at: outcome.answers.count) {
        outcome.evaluation.add(record.outcome, truth: truth)
      }
      outcome.answers.append(record.outcome.predictions.first?.index)
      if case .failed(let failure) = record.outcome, !isSilent {
        console.error("\(record.path.repaired): \(failure.message)")
      }
      console.advance(failed: record.hasFailed, total: count.value)
      return failsFast && record.hasFailed ? .stop : .proceed
    }
    outcome.seconds = (ContinuousClock.now - start) / .seconds(1)
    console.endProgress()
    try check(summary)
    return outcome
  }

  private func check(_ summary: RunSummary) throws {
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    if let fault = summary.fault { throw CommandFailure(.internalFault, fault.description) }
    // An accuracy of some of the images would be taken for that of all.
    if summary.stopped { throw SilentExit(status: .inputFailed) }
    if summary.otherFiles > 0 && !isSilent {
      console.note("\(DisplayText.counted(summary.otherFiles, "other file")) passed over")
    }
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
    if case .classified(_, let predictions) = self { predictions } else { [] }
  }
}
