import System

/// The exit codes of the program. They follow `sysexits.h` and the conventions of shells.
enum ExitStatus: Int32 {
  case success = 0
  /// At least one input failed. Each failure was reported, and all other inputs were processed.
  case inputFailed = 1
  case usage = 64
  /// A model file, an index, a list or a file of records is damaged, or is none.
  case badFile = 65
  /// None of the named inputs exists, or those that exist hold no image.
  case noInput = 66
  /// There is no model of that name, or it cannot be downloaded.
  case modelUnavailable = 69
  /// An error in the program itself.
  case internalFault = 70
  /// The system, or a limit of the process, has no memory for the network.
  case outOfMemory = 71
  /// The output file cannot be created.
  case cannotCreateOutput = 73
  /// Writing to the output, or reading a file that is not an image, failed.
  case outputError = 74

  /// The status where a list or a file of records cannot be read.
  init(reading error: SystemError) {
    self = error.isAboutContents ? .badFile : .noInput
  }
}

/// Ends a command with a message on standard error.
struct CommandFailure: Error, CustomStringConvertible {
  let status: ExitStatus
  /// What is wrong, without the program's name.
  let message: String
  /// Further lines about what is wrong.
  let details: [String]
  /// A line that says what to do about it.
  let hint: String?

  init(_ status: ExitStatus, _ message: String, details: [String] = [], hint: String? = nil) {
    self.status = status
    self.message = message
    self.details = details
    self.hint = hint
  }

  var description: String { message }
}

/// Ends a command without a message: what is wrong was reported already, or a signal ended it.
struct SilentExit: Error {
  let code: Int32

  init(status: ExitStatus) {
    code = status.rawValue
  }

  /// The exit code that a shell reports for a program that this signal killed.
  init(signal: Int32) {
    code = 128 + signal
  }
}
