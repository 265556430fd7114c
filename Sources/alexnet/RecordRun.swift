import Classification
import System

/// Runs a pipeline over inputs: writes the records as they come, and turns the way the run ended
/// into an exit code.
struct RecordRun<Answer: Sendable> {
  var writer: any RecordWriter<Answer>
  let output: any RunOutput
  let run: ImageRun

  /// Runs the pipeline on everything.
  ///
  /// - Throws: what ends the command, unless every input has an answer.
  consuming func perform(_ source: InputSource, with pipeline: Pipeline<Answer>) throws {
    var last: InputRecord<Answer>?
    let summary: RunSummary
    do throws(OutputError) {
      try writer.begin()
      summary = try run.perform(source, with: pipeline) { (record) throws(OutputError) in
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
  private func reportLoss(_ record: InputRecord<Answer>) {
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
    let total = summary.answered + summary.failed
    if total > 1 {
      run.console.note("\(summary.failed) of \(DisplayText.counted(total, "input")) failed")
    }
    throw SilentExit(status: .inputFailed)
  }

  /// Why there was nothing to do.
  private static func foundNothing(_ summary: RunSummary) -> String {
    let missing = summary.missingInputs
    guard missing > 0 else { return "there is no image among the inputs" }
    guard summary.directories > 0 else { return "none of the inputs exists" }
    return "there is no image among the inputs: "
      + (missing == 1 ? "1 input does not exist" : "\(missing) inputs do not exist")
      + ", and there is none in the others"
  }
}
