import Synchronization
import System
import Threads

/// The last line of the terminal on standard error, where a progress report stands while work goes
/// on.
///
/// A thread of its own draws the report anew ten times a second, whatever the work does meanwhile.
/// Whatever else is written to the same terminal goes through ``write(_:)`` or
/// ``withLineCleared(_:)``: the line is cleared, the text written, and the line drawn again below.
final class StatusLine: Sendable {
  private struct State {
    var report: (any ProgressReport)?
    /// What stands on the line; nil where it is empty.
    var drawn: String?
  }

  /// How long work lasts before the line is drawn, so that a handful of files does not make it
  /// flicker.
  private static let patience = 300
  private static let interval = 100
  private static let clear = "\r\u{1B}[K"

  private let stream = DirectOutput(.error)
  private let state = Mutex(State())
  /// What the drawing thread waits for: whether it should end.
  private let isOver = Monitor(true)

  /// Shows `report` from now on.
  ///
  /// - Returns: the thread that draws it, which ends after ``end()``; nil where the system has no
  ///   thread to give, and the work goes on without a progress report.
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

  /// Changes the report, which is drawn when its time comes.
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
      put(state.drawn.map { Self.clear + text + Self.drawing($0) } ?? text)
    }
  }

  /// Runs `body`, which writes to the terminal by another way, with the line cleared meanwhile.
  func withLineCleared<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    try state.withLock { (state) throws(Failure) in
      guard let drawn = state.drawn else { return try body() }
      put(Self.clear)
      defer { put(Self.drawing(drawn)) }
      try body()
    }
  }

  private func draw() {
    state.withLock { state in
      guard let report = state.report else { return }
      let line = report.line(at: .now, width: Terminal.error.width ?? 80)
      put(Self.drawing(line))
      state.drawn = line
    }
  }

  /// The line, written over what stood there. The cursor goes back to the line's beginning, so that
  /// a line from another program on the same terminal is not appended to it.
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
