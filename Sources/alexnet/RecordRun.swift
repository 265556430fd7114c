import Classification
import System

/// Runs a pipeline over inputs: writes the records as they come, and turns the way the run ended
/// into an exit code.
struct RecordRun<Answer: Sendable> {
  var writer: any RecordWriter<Answer>
  let output: any RunOutput
  let run: ImageRun
  /// The model, where the note at the end is to name it.
  var model: RunModel?
  /// Where the summary goes; nil for nowhere.
  var summaryFile: RunSummaryFile?
  /// What is written of the records beside the output, when that is complete; nil for nothing.
  var report: RunReport?
  private let began = ContinuousClock.now

  /// Runs the pipeline on everything.
  ///
  /// - Throws: what ends the command, unless every input has an answer.
  consuming func perform(_ source: InputSource, with pipeline: Pipeline<Answer>) throws {
    var last: InputRecord<Answer>?
    var failures: [ErrorCode: Int] = [:]
    let summary: RunSummary
    let seconds: Double
    do throws(OutputError) {
      try writer.begin()
      summary = try run.perform(source, with: pipeline) { (record) throws(OutputError) in
        last = record
        if case .failed(let failure) = record.outcome { failures[failure.code, default: 0] += 1 }
        try writer.write(record)
      }
      try writer.finish()
      try finish(summary)
      seconds = (ContinuousClock.now - began) / .seconds(1)
      try summaryFile?.write(summary, failures: failures, seconds: seconds)
    } catch {
      output.abandon()
      report?.abandon()
      throw error.failure
    }
    if isIncomplete(summary) { report?.abandon() } else { try report?.commitBesideResults() }
    if run.hasTooManyFailures(summary) {
      // A record in a file that is not written is lost.
      if let last, output.isWrittenWhole, !writer.reportsFailures { run.report(last) }
      run.reportTooManyFailures(summary, consequence: consequenceOfEnd)
    }
    do {
      try report(summary, failures, seconds: seconds)
    } catch let error as SilentExit {
      if output.isResumable, summary.stopped || run.stop.isRaised {
        run.console.note("--resume continues from here")
      }
      throw error
    }
  }

  /// What is missing where the run did not reach its end; nil for nothing.
  private var consequenceOfEnd: String? {
    switch (output.isWrittenWhole, report != nil) {
    case (true, true): "no output file and no report were written"
    case (true, false): "no output file was written"
    case (false, true): "no report was written"
    case (false, false): nil
    }
  }

  /// Gives a file its name if the run reached its end, and removes it if not.
  private func finish(_ summary: RunSummary) throws(OutputError) {
    if isIncomplete(summary) {
      output.abandon()
    } else {
      try output.commit()
    }
  }

  private func isIncomplete(_ summary: RunSummary) -> Bool {
    summary.stopped || summary.fault != nil || run.stop.isRaised || !summary.addsUp
  }

  private func report(
    _ summary: RunSummary, _ failures: [ErrorCode: Int], seconds: Double
  ) throws {
    try run.checkEnd(summary)
    run.note(passedOver: summary.passedOver)
    guard summary.addsUp else {
      throw CommandFailure(
        .internalFault,
        "\(summary.inputs) inputs gave \(summary.answered + summary.failed) records",
        hint: "this is a fault of the program, please report it; the output is not complete")
    }
    if summary.recordedInputs > 0 {
      let failed =
        summary.recordedFailures == 0
        ? ""
        : ", \(summary.recordedFailures) of them as failed (--retry-failed tries those again)"
      run.console.note(
        "\(DisplayText.counted(summary.recordedInputs, "input")) had been recorded before\(failed)")
    }
    if summary.foundNothing { throw CommandFailure(.noInput, Self.foundNothing(summary)) }
    note(summary, failures, seconds: seconds)
    if summary.failed > 0 || summary.recordedFailures > 0 || summary.sparseFiles > 0 {
      throw SilentExit(status: .inputFailed)
    }
  }

  /// Says how many inputs failed, and how many there were in folders and archives, whose number the
  /// user may not know.
  private func note(_ summary: RunSummary, _ failures: [ErrorCode: Int], seconds: Double) {
    let records = summary.answered + summary.failed
    guard records > 1 else { return }
    let inputs = DisplayText.counted(records, "input")
    let time = summary.directories > 0 ? " in \(DisplayText.fixed(seconds, 1)) s" : ""
    let model =
      self.model.flatMap { model in
        model.sha256.map { "; model \(DisplayText.printable(model.name)), SHA-256 \($0)" }
      } ?? ""
    if summary.failed > 0 {
      let codes = failures.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
      run.console.note("\(summary.failed) of \(inputs) failed\(time): \(codes)\(model)")
    } else if summary.directories > 0 {
      run.console.note("\(inputs)\(time), none of them failed\(model)")
    }
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
