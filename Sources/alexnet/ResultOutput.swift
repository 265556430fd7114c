import System

/// Why results could not be written.
enum OutputError: Error {
  /// The reader has gone, as `head` does when it has seen enough: no failure.
  case closedPipe
  case cannotCreate(SystemError)
  case cannotWrite(SystemError)

  /// What ends the command.
  var failure: any Error {
    switch self {
    case .closedPipe: SilentExit(status: .success)
    case .cannotCreate(let error): CommandFailure(.cannotCreateOutput, error.description)
    case .cannotWrite(let error): CommandFailure(.outputError, error.description)
    }
  }
}

/// Where results go: standard output, or a file that appears when it is complete.
final class ResultOutput {
  private let console: Console
  private let target: any OutputTarget
  let wantsColor: Bool

  /// Standard output, each write passed on at once.
  init(console: Console) {
    self.console = console
    target = DirectOutput()
    wantsColor = Terminal.output.showsColor
  }

  /// A new file, or one that takes the place of an old one at `commit()`.
  init(path: RawPath, console: Console) throws(OutputError) {
    self.console = console
    wantsColor = false
    do throws(SystemError) {
      target = try openOutput(path)
    } catch {
      throw .cannotCreate(error)
    }
  }

  /// Whether this is a file that appears when it is complete, or not at all.
  var isWrittenWhole: Bool { target is AtomicFile }

  func write(_ text: String) throws(OutputError) {
    do throws(SystemError) {
      if target.isTerminal {
        // Most likely the one that shows the progress, too.
        try console.aside { () throws(SystemError) in try target.write(text) }
      } else {
        try target.write(text)
      }
    } catch {
      throw error.isBrokenPipe ? .closedPipe : .cannotWrite(error)
    }
  }

  /// Everything has been written: a file takes its name.
  func commit() throws(OutputError) {
    do throws(SystemError) {
      try target.commit()
    } catch {
      throw .cannotWrite(error)
    }
  }

  /// Nothing of a file remains.
  func abandon() {
    target.abandon()
  }
}
