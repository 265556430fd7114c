import System
import Threads

/// Writes to standard error: errors, notes, which `--quiet` silences, and a progress line below
/// them.
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

  /// Reports wrong usage. The first line says what is wrong; the further lines are the parser's
  /// advice, and are written without the program's name.
  func usageError(_ message: String) {
    let lines = message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    writeLine(String(lines[0]))
    if lines.count > 1 {
      let advice = lines[1].split(separator: "\n").map { DisplayText.printable(String($0)) + "\n" }
      line.write(advice.joined())
    }
  }

  /// Writes a line that is neither a result nor an error, unless the program is to be quiet.
  func note(_ message: String) {
    if !isQuiet { writeLine(message) }
  }

  /// Whether a progress line is wanted and standard error is a terminal.
  var canShowProgress: Bool { !isQuiet && Terminal.error.isTerminal }

  /// Shows the progress of the work until ``endProgress()``. The caller checks ``canShowProgress``
  /// before.
  func startProgress(_ report: some ProgressReport = ImageProgress()) {
    endProgress()
    drawing = line.start(report)
  }

  /// Counts one more finished image.
  ///
  /// - Parameter total: the number of all images, if it is known.
  func advance(failed: Bool, total: Int?) {
    updateProgress { (progress: inout ImageProgress) in
      progress.count(failed: failed)
      progress.total = total
    }
  }

  /// Changes the report that was given to ``startProgress(_:)``, if there is one.
  func updateProgress<Report: ProgressReport>(_ body: (inout Report) -> Void) {
    line.update(body)
  }

  func endProgress() {
    line.end()
    drawing?.join()
    drawing = nil
  }

  /// Runs `body` with the progress line cleared, because `body` may write to the same terminal.
  func aside<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    try line.withLineCleared(body)
  }

  /// Writes a line that begins with the program's name. Control characters are spelled out, so that
  /// they cannot control the terminal.
  private func writeLine(_ message: String) {
    line.write("\(Self.program): \(DisplayText.printable(message))\n")
  }
}
