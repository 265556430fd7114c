import Classification
import System

/// One run over labelled images: records are counted as they come, failures named.
struct EvaluateRun {
  let images: LabelledImages
  var evaluation: Evaluation
  let console: Console
  let stop: StopFlag
  let failsFast: Bool

  /// Classifies everything.
  ///
  /// - Throws: what ends the command, where there is nothing to report.
  consuming func perform(
    with classifier: Classifier, data: RawPath, showsProgress: Bool
  ) throws -> (evaluation: Evaluation, seconds: Double) {
    let count = InputCount()
    if showsProgress && console.canShowProgress {
      count.start(images.source, stop: stop)
      console.startProgress()
    }
    let start = ContinuousClock.now
    var position = 0
    let summary = classifier.run(images.source, stop: stop) { record in
      if let truth = images.classIndex(of: record, at: position) {
        evaluation.add(record.outcome, truth: truth)
      }
      position += 1
      if case .failed(let failure) = record.outcome {
        console.error("\(record.path.repaired): \(failure.message)")
      }
      console.advance(failed: record.hasFailed, total: count.value)
      return failsFast && record.hasFailed ? .stop : .proceed
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    console.endProgress()
    try check(summary, data: data)
    return (evaluation, seconds)
  }

  private func check(_ summary: RunSummary, data: RawPath) throws {
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    if let fault = summary.fault { throw CommandFailure(.internalFault, fault.description) }
    // An accuracy of some of the images would be taken for that of all.
    if summary.stopped { throw SilentExit(status: .inputFailed) }
    if summary.otherFiles > 0 {
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
