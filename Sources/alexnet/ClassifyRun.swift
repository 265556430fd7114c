import Classification
import System

/// Classifies inputs: writes the records as they come, and turns the way the run ended into an exit
/// code.
struct ClassifyRun {
  var writer: any RecordWriter
  let output: ResultOutput
  let run: ImageRun

  /// Classifies everything.
  ///
  /// - Throws: what ends the command, unless every input was classified.
  consuming func perform(_ source: InputSource, with classifier: Classifier) throws {
    var last: Record?
    let summary: RunSummary
    do throws(OutputError) {
      try writer.begin()
      summary = try run.perform(source, with: classifier) { (record) throws(OutputError) in
        last = record
        try writer.write(record)
      }
      try writer.finish()
      try finish(summary)
    } catch {
      output.abandon()
      throw error.failure
    }
    if run.failsFast, output.isWrittenWhole, let last, last.hasFailed { reportLoss(last) }
    try report(summary)
  }

  /// Reports the failure that stopped the run, because its record is lost: the output file was not
  /// written.
  private func reportLoss(_ record: Record) {
    if !writer.reportsFailures { run.report(record) }
    run.console.error("stopped at the first input that failed; no output file was written")
  }

  /// Gives a file its name if the run reached its end, and removes it if not.
  private func finish(_ summary: RunSummary) throws(OutputError) {
    if summary.stopped || summary.fault != nil || run.stop.isRaised {
      output.abandon()
    } else {
      try output.commit()
    }
  }

  private func report(_ summary: RunSummary) throws {
    try run.checkEnd(summary)
    run.noteOtherFiles(summary)
    if summary.foundNothing { throw CommandFailure(.noInput, Self.foundNothing(summary)) }
    guard summary.failed > 0 else { return }
    let total = summary.classified + summary.failed
    if total > 1 {
      run.console.note("\(summary.failed) of \(DisplayText.counted(total, "input")) failed")
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
