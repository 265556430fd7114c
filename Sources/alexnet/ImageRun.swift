import Classification
import System

/// Runs a pipeline over images, as every command does that reads a folder of them: it draws the
/// progress bar, and stops for a signal or when more images failed than the options allow.
struct ImageRun {
  let console: Console
  let stop: StopFlag
  let failureLimit: FailureLimit?
  private let showsProgress: Bool
  /// Whether the number of inputs is found out, for the bar and for the note about an interrupt.
  private let countsInputs: Bool
  private let count = InputCount()

  init(_ options: RunOptions, console: Console, stop: StopFlag) {
    self.console = console
    self.stop = stop
    failureLimit = options.failureLimit
    countsInputs = console.canShowProgress
    // What a pipe's reader prints to the same terminal would be mixed with the bar.
    showsProgress =
      console.canShowProgress && options.progress ?? !Terminal.output.isPipe
  }

  /// Runs the pipeline on everything in `source`.
  ///
  /// - Parameter use: takes each record in its turn. If it throws, the run stops and throws that
  ///   error.
  func perform<Answer, Failure: Error>(
    _ source: InputSource, with pipeline: Pipeline<Answer>,
    _ use: (InputRecord<Answer>) throws(Failure) -> Void
  ) throws(Failure) -> RunSummary {
    if countsInputs { count.start(source, stop: stop) }
    if showsProgress { console.startProgress() }
    defer { console.endProgress() }
    var failure: Failure?
    var (done, failed) = (0, 0)
    let summary = pipeline.run(source, stop: stop) { record in
      do throws(Failure) {
        try use(record)
      } catch {
        failure = error
        return .stop
      }
      console.advance(failed: record.hasFailed, total: count.value)
      done += 1
      if record.hasFailed { failed += 1 }
      return failureLimit?.isExceeded(failed: failed, of: done) ?? false ? .stop : .proceed
    }
    if let failure { throw failure }
    return summary
  }

  /// Whether failures ended the run.
  func hasTooManyFailures(_ summary: RunSummary) -> Bool {
    summary.stopped
      && failureLimit?.isExceeded(
        failed: summary.failed, of: summary.answered + summary.failed) ?? false
  }

  /// Says that failures ended the run, and what that means.
  ///
  /// - Parameter consequence: what is not done or not written because of that; nil for nothing. If
  ///   so, an end at the first failure needs no message beside that of the failure.
  func reportTooManyFailures(_ summary: RunSummary, consequence: String?) {
    let isFirst = failureLimit == .count(0)
    guard !isFirst || consequence != nil else { return }
    let reason =
      isFirst
      ? "stopped at the first input that failed"
      : "stopped, since \(summary.failed) of \(summary.answered + summary.failed) inputs failed"
    console.error(reason + (consequence.map { "; \($0)" } ?? ""))
  }

  /// Names the input of a record that failed, on standard error.
  func report(_ record: InputRecord<some Sendable>) {
    if case .failed(let failure) = record.outcome {
      console.error("\(record.path.repaired): \(failure.message)")
    }
  }

  /// Notes how many files were skipped, since they are no pictures or cannot be read from an
  /// archive.
  func note(passedOver others: OtherFiles) {
    if others.sparseCount > 0 {
      let (verb, them) =
        others.sparseCount == 1 ? ("is a sparse file", "it") : ("are sparse files", "them")
      console.error(
        "skipped \(DisplayText.counted(others.sparseCount, "picture")) that \(verb) in an archive "
          + "(\(names(others.firstSparse, of: others.sparseCount)))",
        hint: "an archive made without --sparse has \(them) whole")
    }
    guard others.count > 0 else { return }
    let kinds = others.kinds.map { (name: $0.key.description, count: $0.value) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(5)
      .map { "\($0.count) \($0.name)" }
    let verb = others.count == 1 ? "is" : "are"
    console.note(
      "skipped \(DisplayText.counted(others.count, "file")) that \(verb) no picture: "
        + "\(kinds.joined(separator: ", ")) (\(names(others.first, of: others.count)))")
  }

  private func names(_ first: [RawPath], of count: Int) -> String {
    (first.map(\.repaired) + (count > first.count ? ["..."] : [])).joined(separator: ", ")
  }

  /// Ends the command with the right exit status if a signal or a fault of the program ended the
  /// run.
  func checkEnd(_ summary: RunSummary) throws {
    if let signal = stop.signal {
      let done = summary.answered + summary.failed
      let total = count.value.map { " of \($0)" } ?? ""
      console.note("stopped after \(done)\(total)")
      throw SilentExit(signal: signal)
    }
    if let fault = summary.fault { throw CommandFailure(.internalFault, fault.description) }
  }
}

extension InputRecord {
  var hasFailed: Bool {
    if case .failed = outcome { true } else { false }
  }
}
