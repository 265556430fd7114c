import System

/// Standard error: errors, notes that `--quiet` silences, and the progress bar between them.
final class Console {
  private static let program = "alexnet"
  private static let clearLine = "\r\u{1B}[K"

  private let isQuiet: Bool
  /// Nil where standard error is closed: then there is nobody to tell.
  private let stream: (any OutputTarget)?
  private var bar: ProgressBar?
  private var isBarDrawn = false

  init(isQuiet: Bool = false) {
    self.isQuiet = isQuiet
    stream = try? openOutput("/dev/stderr")
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
      write(advice.joined())
    }
  }

  /// Says something that is neither a result nor an error.
  func note(_ message: String) {
    if !isQuiet { writeLine(message) }
  }

  /// Whether a progress bar would be seen, and is wanted.
  var canShowProgress: Bool { !isQuiet && Terminal.error.isTerminal }

  func startProgress() {
    bar = ProgressBar(start: .now)
  }

  /// One more input is done; `total` of them are known to be there.
  func advance(failed: Bool, total: Int?) {
    bar?.count(failed: failed)
    bar?.total = total
    drawBar()
  }

  /// Call before anything else is written to the terminal.
  func clearBar() {
    guard isBarDrawn else { return }
    write(Self.clearLine)
    isBarDrawn = false
  }

  func endProgress() {
    clearBar()
    bar = nil
  }

  /// Puts a line at the cursor, to be written over by what comes next.
  func draw(line: String) {
    write(Self.clearLine + line)
    isBarDrawn = true
  }

  private func drawBar() {
    let width = Terminal.error.width ?? 80
    guard let line = bar?.line(at: .now, width: width) else { return }
    draw(line: line)
  }

  /// The line carries the program's name, and nothing in it can steer the terminal.
  private func writeLine(_ message: String) {
    clearBar()
    write("\(Self.program): \(DisplayText.printable(message))\n")
  }

  /// An error on standard error has nowhere to go.
  private func write(_ text: String) {
    try? stream?.write(text)
  }
}
