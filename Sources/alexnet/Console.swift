import System
import Threads

/// Standard error: errors, notes that `--quiet` silences, and a progress report below them.
final class Console {
  private static let program = "alexnet"

  private let isQuiet: Bool
  private let line = StatusLine()
  /// Draws the progress report while there is one.
  private var drawing: WorkerThread?

  init(isQuiet: Bool = false) {
    self.isQuiet = isQuiet
  }

  deinit {
    endProgress()
  }

  func error(_ message: String, details: [String] = [], hint: String? = nil) {
    writeLine(message)
    for line in details { writeLine(line) }
    if let hint { writeLine(hint) }
  }

  /// Wrong usage: what is wrong, then the parser's own lines of advice as they are.
  func usageError(_ message: String) {
    let lines = message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    writeLine(String(lines[0]))
    if lines.count > 1 {
      let advice = lines[1].split(separator: "\n").map { DisplayText.printable(String($0)) + "\n" }
      line.write(advice.joined())
    }
  }

  /// Says something that is neither a result nor an error.
  func note(_ message: String) {
    if !isQuiet { writeLine(message) }
  }

  /// Whether a progress report would be seen, and is wanted.
  var canShowProgress: Bool { !isQuiet && Terminal.error.isTerminal }

  /// Shows how far the work has come until ``endProgress()``. Asks nothing about the terminal: see
  /// ``canShowProgress``.
  func startProgress(_ report: some ProgressReport = ImageProgress()) {
    endProgress()
    drawing = line.start(report)
  }

  /// One more image is done; `total` of them are known to be there.
  func advance(failed: Bool, total: Int?) {
    updateProgress { (progress: inout ImageProgress) in
      progress.count(failed: failed)
      progress.total = total
    }
  }

  /// Changes the report that ``startProgress(_:)`` was given; does nothing where there is none.
  func updateProgress<Report: ProgressReport>(_ body: (inout Report) -> Void) {
    line.update(body)
  }

  func endProgress() {
    line.end()
    drawing?.join()
    drawing = nil
  }

  /// Runs `body`, which writes to the terminal that standard error may be, too.
  func aside<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    try line.withLineCleared(body)
  }

  /// The line carries the program's name, and nothing in it can steer the terminal.
  private func writeLine(_ message: String) {
    line.write("\(Self.program): \(DisplayText.printable(message))\n")
  }
}
