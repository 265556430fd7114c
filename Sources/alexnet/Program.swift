import ArgumentParser
import Classification
import Kernels
import System
import Threads

/// The program: parses the command line, runs a command, and turns the error that ended it, if any,
/// into an exit code.
@main
enum Program {
  static func main() {
    reserveStandardDescriptors()
    Signals.ignoreBrokenPipes()
    Signals.ignoreFileSizeLimit()
    FatalSignals.install()
    let end = PreparedExit(
      code: ExitStatus.outOfMemory.rawValue,
      message: (Terminal.error.isTerminal ? "\n" : "") + """
        alexnet: there is no memory left for the network
        alexnet: raise the limit (ulimit -v), or use fewer --threads; classify needs less with \
        --precision int8, and train with a smaller --batch

        """)
    OutOfMemory.setAction { end.perform() }
    AlexNetCommand.exit(withError: ExitCode(run()))
  }

  private static func run() -> Int32 {
    var arguments = rawCommandLineArguments().dropFirst()
      .map { ArgumentBytes.string(carrying: $0.bytes) }
    let isVerbose = arguments.contains { $0 == "-v" || $0 == "--verbose" }
    do {
      try checkInstructionSet()
      arguments = helpOfInnerCommand(arguments)
      if let page = HelpTopic.requested(by: arguments) {
        try ResultOutput(console: Console()).write(page)
        return ExitStatus.success.rawValue
      }
      try requireHelpTopic(arguments)
      try CommandNames.check(arguments)
      var command = try AlexNetCommand.parseAsRoot(arguments)
      try command.run()
      return ExitStatus.success.rawValue
    } catch {
      return report(error, isVerbose: isVerbose)
    }
  }

  /// `help pull` means `help model pull`.
  private static func helpOfInnerCommand(_ arguments: [String]) -> [String] {
    guard arguments.count == 2, arguments[0] == "help",
      let path = CommandNames.path(endingWith: arguments[1])
    else { return arguments }
    return ["help"] + path
  }

  /// Refuses an unknown instruction set. If a mistyped name were ignored, benchmarks and tests
  /// would run with other kernels than intended.
  private static func checkInstructionSet() throws {
    guard let name = InstructionSet.requested, InstructionSet(named: name) == nil else { return }
    let known = InstructionSet.available.map(\.name).joined(separator: ", ")
    throw CommandFailure(
      .usage, "ALEXNET_ISA is '\(name)'; the instruction sets on this processor are \(known)")
  }

  /// Refuses `help` for a command that does not exist. The parser would show the help of the
  /// command above it instead.
  private static func requireHelpTopic(_ arguments: [String]) throws {
    guard arguments.first == "help" else { return }
    var command: any ParsableCommand.Type = AlexNetCommand.self
    var path = "alexnet"
    for word in arguments.dropFirst() where !word.hasPrefix("-") && word != "help" {
      let commands = command.configuration.subcommands
      guard let next = commands.first(where: { $0._commandName == word }) else {
        let topic = ArgumentBytes.repaired("\(path) \(word)")
        let names = commands.map { $0._commandName }
        let pages = path == "alexnet" ? HelpTopic.all.map(\.name) : []
        throw CommandFailure(
          .usage, "there is no command '\(topic)'",
          hint: names.isEmpty
            ? nil
            : Suggestion.question(word, among: names + pages) + "the commands are "
              + names.joined(separator: ", ")
              + "; 'alexnet help topics' lists pages about other things")
      }
      command = next
      path += " " + word
    }
  }

  /// How many lines of details are shown where `--verbose` does not ask for all.
  private static let detailsShown = 12

  private static func report(_ error: any Error, isVerbose: Bool = false) -> Int32 {
    switch error {
    case let exit as SilentExit:
      return exit.code
    case let failure as CommandFailure:
      let isLong = failure.details.count > detailsShown && !isVerbose
      let more = "\(failure.details.count) lines say why; --verbose shows them"
      Console().error(
        failure.message, details: isLong ? [more] : failure.details, hint: failure.hint)
      return failure.status.rawValue
    case let error as OutputError:
      return report(error.failure)
    default:
      return report(fromParser: error)
    }
  }

  /// Handles what the parser throws: wrong usage, but also help, the version and completion
  /// scripts.
  private static func report(fromParser error: any Error) -> Int32 {
    let message = ArgumentBytes.repaired(AlexNetCommand.fullMessage(for: error))
    switch AlexNetCommand.exitCode(for: error) {
    case .success:
      do throws(OutputError) {
        try ResultOutput(console: Console()).write(
          message.hasSuffix("\n") ? message : message + "\n")
        return ExitStatus.success.rawValue
      } catch {
        return report(error.failure)
      }
    case .validationFailure:
      // The parser's first line is "Error: ..."; its further lines are advice.
      let prefix = "Error: "
      Console().usageError(
        message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message)
      return ExitStatus.usage.rawValue
    default:
      Console().error("internal error: \(error)", hint: "please report this")
      return ExitStatus.internalFault.rawValue
    }
  }
}
