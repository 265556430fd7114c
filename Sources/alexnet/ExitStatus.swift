/// How the program ends, after the conventions of `sysexits.h` and of shells.
enum ExitStatus: Int32 {
  case success = 0
  /// At least one input failed; each was reported, and the rest was done.
  case inputFailed = 1
  case usage = 64
  /// A model file is damaged, or holds something other than an AlexNet.
  case badModel = 65
  /// None of the named inputs exists, or they hold no image.
  case noInput = 66
  case modelUnavailable = 69
  /// Our own fault: anything that nobody caught.
  case internalFault = 70
  case cannotCreateOutput = 73
  case outputError = 74
}

/// Ends a command with one line on stderr.
struct CommandFailure: Error, CustomStringConvertible {
  let status: ExitStatus
  /// What is wrong, without the program's name before it.
  let message: String
  /// Further lines, where one does not say all.
  let details: [String]
  /// What to do about it, on a line of its own.
  let hint: String?

  init(_ status: ExitStatus, _ message: String, details: [String] = [], hint: String? = nil) {
    self.status = status
    self.message = message
    self.details = details
    self.hint = hint
  }

  var description: String { message }
}

/// Ends a command with nothing more to say: what there was to report has been reported.
struct SilentExit: Error {
  let code: Int32

  init(status: ExitStatus) {
    code = status.rawValue
  }

  /// Ended by a signal: what a shell reports of a program that the signal killed.
  init(signal: Int32) {
    code = 128 + signal
  }
}
