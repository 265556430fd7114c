import Classification
import ModelLibrary
import System

extension CommandFailure {
  /// The exit code and the lines for an error of the model library.
  init(_ error: ModelError) {
    let status: ExitStatus =
      switch error.kind {
      case .badFile: .badFile
      case .unavailable, .interrupted: .modelUnavailable
      case .noInput: .noInput
      case .cannotWrite: .cannotCreateOutput
      case .writeFailed: .outputError
      case .usage: .usage
      }
    let lines = error.description.split(separator: "\n").map(String.init)
    var hint: String?
    if case .unknownName(let name, let known) = error {
      hint = Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
    }
    self.init(status, lines.first ?? "", details: Array(lines.dropFirst()), hint: hint)
  }
}

/// What ends a command after an error of the model library, or after the signal that caused it.
func failure(_ error: ModelError, _ stop: StopFlag) -> any Error {
  if case .interrupted = error, let signal = stop.signal { return SilentExit(signal: signal) }
  return CommandFailure(error)
}

/// Runs `body`, and turns an error of the model library into what ends the command.
func withLibrary<Result>(
  _ body: (ModelLibrary) throws(ModelError) -> Result
) throws -> Result {
  do throws(ModelError) {
    return try body(ModelLibrary())
  } catch {
    throw CommandFailure(error)
  }
}
