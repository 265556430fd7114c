import Classification
import System

/// One run: records go to the writer as they come, and the way it ended becomes an exit code.
struct ClassifyRun {
  var writer: any RecordWriter
  let output: ResultOutput
  let console: Console
  let stop: StopFlag
  let failsFast: Bool

  /// Classifies everything.
  ///
  /// - Throws: what ends the command, unless every input was classified.
  consuming func perform(
    _ source: InputSource, with classifier: Classifier, showsProgress: Bool
  ) throws {
    let count = InputCount()
    if showsProgress && console.canShowProgress {
      count.start(source, stop: stop)
      console.startProgress()
    }
    var outputError: OutputError?
    var lastFailure: Record?
    let summary: RunSummary
    do throws(OutputError) {
      try writer.begin()
      summary = classifier.run(source, stop: stop) { record in
        do throws(OutputError) {
          try writer.write(record)
        } catch {
          outputError = error
          return .stop
        }
        console.advance(failed: record.hasFailed, total: count.value)
        guard failsFast && record.hasFailed else { return .proceed }
        lastFailure = record
        return .stop
      }
      console.endProgress()
      if let outputError { throw outputError }
      try writer.finish()
      try finish(summary)
    } catch {
      console.endProgress()
      output.abandon()
      throw error.failure
    }
    if let lastFailure, output.isWrittenWhole { reportLoss(lastFailure) }
    try report(summary)
  }

  /// The record of what ended the run went with the file that it would have stood in.
  private func reportLoss(_ record: Record) {
    if case .failed(let failure) = record.outcome, !writer.reportsFailures {
      console.error("\(record.path.repaired): \(failure.message)")
    }
    console.error("stopped at the first input that failed; no output file was written")
  }

  /// A file takes its name only when the run got to its end.
  private func finish(_ summary: RunSummary) throws(OutputError) {
    if summary.stopped || summary.fault != nil || stop.isRaised {
      output.abandon()
    } else {
      try output.commit()
    }
  }

  private func report(_ summary: RunSummary) throws {
    if let signal = stop.signal { throw SilentExit(signal: signal) }
    if let fault = summary.fault { throw CommandFailure(.internalFault, fault.description) }
    if summary.otherFiles > 0 {
      console.note("\(DisplayText.counted(summary.otherFiles, "other file")) passed over")
    }
    if summary.foundNothing { throw CommandFailure(.noInput, Self.foundNothing(summary)) }
    guard summary.failed > 0 else { return }
    let total = summary.classified + summary.failed
    if total > 1 {
      console.note("\(summary.failed) of \(DisplayText.counted(total, "input")) failed")
    }
    throw SilentExit(status: .inputFailed)
  }

  /// Why there was nothing to classify.
  private static func foundNothing(_ summary: RunSummary) -> String {
    let missing = summary.missingInputs
    guard missing > 0 else { return "there is no image to classify" }
    guard summary.directories > 0 else { return "none of the inputs exists" }
    return "there is no image to classify: "
      + (missing == 1 ? "1 input does not exist" : "\(missing) inputs do not exist")
      + ", and there is none in the others"
  }
}

extension Record {
  var hasFailed: Bool {
    if case .failed = outcome { true } else { false }
  }
}
