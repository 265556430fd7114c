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
      "How many pictures a thread runs through the network at a time.", valueName: "count"))
  var batchSize: Int?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How much memory images may take together while they are read and decoded, such as 500M or "
        + "2G; large ones wait for each other. (default: a quarter of the machine's)",
      valueName: "size"))
  var maxMemory: ByteCount?

  @Flag(help: "Stop at the first input that fails.")
  var failFast = false

  @Flag(
    name: [.customShort("q"), .customLong("quiet")],
    help: "Write only errors to standard error.")
  var isQuiet = false

  @Flag(help: "Do not show a progress bar.")
  var noProgress = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024.")
    }
    if let batchSize, !(1...1024).contains(batchSize) {
      throw ValidationError("--batch-size must be between 1 and 1024.")
    }
    if let maxMemory, maxMemory.bytes < 1 << 20 {
      throw ValidationError("--max-memory must be at least 1M.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    if let threads { options.threads = threads }
    if let batchSize { options.batchSize = batchSize }
    if let maxMemory { options.maxMemory = maxMemory.bytes }
  }
}
