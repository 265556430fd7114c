import ArgumentParser
import Classification

/// How the work is divided, and how its progress is reported.
struct RunOptions: ParsableArguments {
  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    parsing: .number,
    help: ArgumentHelp(
      "The number of threads. (default: one for each processor)", valueName: "count"))
  var threads: Int?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How much memory images may take together while they are read and decoded, such as 500M or "
        + "2G; large ones wait for each other. (default: a quarter of the machine's)",
      valueName: "size"))
  var maxMemory: ByteCount?

  @Flag(help: "Stop at the first input that fails.")
  var failFast = false

  @Option(
    help: ArgumentHelp(
      "Stop when more inputs fail than this: a number, or a share such as 5%, which counts from "
        + "the hundredth input on.", valueName: "count|share"))
  var maxFailures: FailureLimit?

  @Flag(
    name: [.customShort("q"), .customLong("quiet")],
    help: "Write only errors to standard error.")
  var isQuiet = false

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Show a progress bar on the terminal, or none. (default: shown, unless the results go into a "
        + "pipe, whose reader may write to the same terminal)"))
  var progress: Bool?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024.")
    }
    if failFast && maxFailures != nil {
      throw ValidationError("--fail-fast and --max-failures exclude each other.")
    }
    if let maxMemory, maxMemory.bytes < 1 << 20 {
      throw ValidationError("--max-memory must be at least 1M.")
    }
  }

  /// When failures end the run; nil for never.
  var failureLimit: FailureLimit? { failFast ? .count(0) : maxFailures }

  func apply(to options: inout ClassifierOptions) {
    if let threads { options.threads = threads }
    if let maxMemory { options.maxMemory = maxMemory.bytes }
  }
}
