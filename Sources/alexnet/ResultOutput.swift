import System

/// Why results could not be written.
enum OutputError: Error {
  /// The reader has closed the pipe, as `head` does when it has read enough. That is not a failure.
  case closedPipe
  case cannotCreate(SystemError)
  case cannotWrite(SystemError)
  /// There is a second photo, and this file is for one.
  case holdsOnePhoto(RawPath)

  /// What ends the command.
  var failure: any Error {
    switch self {
    case .closedPipe: SilentExit(status: .success)
    case .cannotCreate(let error): Self.failure(.cannotCreateOutput, error)
    case .cannotWrite(let error): Self.failure(.outputError, error)
    case .holdsOnePhoto(let path):
      CommandFailure(
        .usage, "there are several photos, and \(path.repaired) is for one",
        hint: "for the pictures, name a folder with / at its end; --array is for one photo")
    }
  }
}

extension OutputError {
  private static func failure(_ status: ExitStatus, _ error: SystemError) -> any Error {
    if error == .stopped, let signal = Signals.received { return SilentExit(signal: signal) }
    return CommandFailure(status, error.description)
  }
}

/// Where the results of a run go, which ends in one of two ways.
protocol RunOutput {
  /// Whether this is a file that appears only when it is complete.
  var isWrittenWhole: Bool { get }
  /// Whether this is a file that a later run goes on with.
  var isResumable: Bool { get }
  /// Ends the output. A file appears under its name.
  func commit() throws(OutputError)
  /// Gives up the output. Nothing of a file remains.
  func abandon()
}

extension RunOutput {
  var isResumable: Bool { false }
}

/// Opens an output, which is created, or replaces an old one, when it is complete.
func createOutput(_ path: RawPath) throws(OutputError) -> any OutputTarget {
  do throws(SystemError) {
    return try openOutput(path)
  } catch {
    throw .cannotCreate(error)
  }
}

/// Finds out before the work whether an output that is written at its end can be written.
func checkOutput(_ path: RawPath) throws {
  // A FIFO would wait for its reader.
  guard [nil, .regular].contains(try? FileStatus(of: path).kind) else { return }
  do throws(OutputError) {
    try createOutput(path).abandon()
  } catch {
    throw error.failure
  }
}

/// The note about a file that is written in place; nil if there is no reason to.
func inPlaceNote(_ path: RawPath, _ reason: String?) -> String? {
  reason.map {
    "\(path.repaired) cannot be replaced, because \($0): it is written in place, and incomplete "
      + "until the end"
  }
}

/// Writes results to standard output, or to a file that appears when it is complete.
final class ResultOutput: RunOutput {
  private let console: Console
  private let target: any OutputTarget
  /// Nil for standard output, and for what later runs continue.
  private let path: RawPath?
  let wantsColor: Bool
  /// Whether a reader that goes away is no reason to end: what comes after that is dropped.
  var outlivesReader = false
  private var hasLostReader = false

  /// Writes to standard output, without buffering.
  init(console: Console) {
    self.console = console
    target = DirectOutput()
    path = nil
    wantsColor = Terminal.output.showsColor
  }

  /// Writes to a file, which is created, or replaces an old one, at `commit()`.
  init(path: RawPath, console: Console) throws(OutputError) {
    self.console = console
    self.path = path
    wantsColor = false
    target = try createOutput(path)
    if let note = inPlaceNote(path, target.inPlaceReason) { console.note(note) }
  }

  /// Writes to a file that grows as results come, and that later runs continue.
  init(_ target: ResumableOutput, console: Console) {
    self.console = console
    self.target = target
    path = nil
    wantsColor = false
  }

  var isTerminal: Bool { target.isTerminal }

  var isWrittenWhole: Bool { target is AtomicFile && target.inPlaceReason == nil }

  var isResumable: Bool { target is ResumableOutput }

  func write(_ text: String) throws(OutputError) { try write(Array(text.utf8)) }

  /// Writes lines of a format that keeps the control characters of file names and labels, such as
  /// CSV. On a terminal, which would obey them, they are spelled out.
  func write(lines: String) throws(OutputError) {
    try write(
      target.isTerminal ? DisplayText.printable(lines, keepsLineBreaks: true) : lines)
  }

  func write(_ bytes: [UInt8]) throws(OutputError) {
    if hasLostReader { return }
    do throws(SystemError) {
      if target.isTerminal {
        // Most likely the one that shows the progress, too.
        try console.aside { () throws(SystemError) in try target.write(bytes.span) }
      } else {
        try target.write(bytes.span)
      }
    } catch {
      guard error.isBrokenPipe else { throw .cannotWrite(error) }
      guard outlivesReader else { throw .closedPipe }
      hasLostReader = true
    }
  }

  func commit() throws(OutputError) {
    do throws(SystemError) {
      try target.commit()
    } catch {
      throw .cannotWrite(error)
    }
    if let path, target is AtomicFile { ResumableOutput.forget(path) }
  }

  func abandon() {
    target.abandon()
  }
}
