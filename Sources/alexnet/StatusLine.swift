import Synchronization
import System
import Threads

/// The last line of the terminal on standard error, which shows the progress of the work.
///
/// A thread of its own draws the line ten times a second, independently of the work. All other
/// output to the same terminal goes through ``write(_:)`` or ``withLineCleared(_:)``: the line is
/// cleared, the text is written, and the line is drawn again below it.
final class StatusLine: Sendable {
  private struct State {
    var report: (any ProgressReport)?
    /// What the line shows now; nil if it is empty.
    var drawn: String?
    /// The columns of the terminal when it was drawn.
    var width = 0
  }

  /// How many milliseconds work lasts before the line is drawn, so that it does not flicker when
  /// there are only a few files.
  private static let patience = 150
  /// The time between two drawings, in milliseconds.
  private static let interval = 100
  private static let clear = "\r\u{1B}[K"

  private let stream = DirectOutput(.error)
  private let state = Mutex(State())
  /// Whether the drawing thread is to end, which it waits for.
  private let isOver = Monitor(true)

  /// Shows `report` from now on.
  ///
  /// - Returns: the thread that draws it, which ends after ``end()``; nil if no thread can be
  ///   started. The work then goes on without a progress line.
  func start(_ report: any ProgressReport) -> WorkerThread? {
    state.withLock { $0.report = report }
    isOver.update { $0 = false }
    return try? WorkerThread {
      var delay = Self.patience
      while self.isOver.wait(milliseconds: delay, for: { $0 ? true : nil }) == nil {
        self.draw()
        delay = Self.interval
      }
    }
  }

  /// Clears the line, and lets the drawing thread end.
  func end() {
    isOver.update { $0 = true }
    state.withLock { state in
      if state.drawn != nil { put(Self.clear) }
      state = State()
    }
  }

  /// Changes the report. The change is shown when the line is drawn next.
  func update<Report: ProgressReport>(_ body: (inout Report) -> Void) {
    state.withLock { state in
      guard var report = state.report as? Report else { return }
      body(&report)
      state.report = report
    }
  }

  /// Writes lines to standard error, above the progress report.
  func write(_ text: String) {
    state.withLock { state in
      guard state.drawn != nil else { return put(text) }
      put(Self.clear + text + Self.drawing(Self.lineAgain(&state)))
    }
  }

  /// Runs `body`, which may write to the same terminal, with the line cleared meanwhile.
  func withLineCleared<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    try state.withLock { (state) throws(Failure) in
      guard state.drawn != nil else { return try body() }
      put(Self.clear)
      defer { put(Self.drawing(Self.lineAgain(&state))) }
      try body()
    }
  }

  private func draw() {
    state.withLock { state in
      guard state.report != nil else { return }
      state.drawn = nil
      put(Self.drawing(Self.lineAgain(&state)))
    }
  }

  /// The line as it was drawn, or a new one if there is none or the terminal has another width now.
  private static func lineAgain(_ state: inout State) -> String {
    let width = Terminal.error.width ?? 80
    if let drawn = state.drawn, width == state.width { return drawn }
    let line = state.report?.line(at: .now, width: width) ?? ""
    (state.drawn, state.width) = (line, width)
    return line
  }

  /// The text that draws the line over the old one. The cursor then returns to the beginning of the
  /// line, so that the output of another program on the same terminal is not appended to it.
  private static func drawing(_ line: String) -> String {
    "\r" + line + "\u{1B}[K\r"
  }

  private func put(_ text: String) {
    do {
      try stream.write(text)
    } catch {
      // Standard error itself cannot be written, so there is nowhere to report it.
    }
  }
}
