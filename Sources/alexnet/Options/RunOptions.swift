import ArgumentParser
import Classification

/// How the work is shared out, and what is said about it meanwhile.
struct RunOptions: ParsableArguments {
  @Option(
    name: [.customShort("j"), .long],
    parsing: .number,
    help: ArgumentHelp(
      "How many threads work. (default: one for each processor)", valueName: "count"))
  var threads: Int?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How many pictures one thread runs through the network at a time.", valueName: "count"))
  var batchSize: Int?

  @Flag(help: "Stop at the first input that fails.")
  var failFast = false

  @Flag(
    name: [.customShort("q"), .customLong("quiet")],
    help: "Write nothing but errors to standard error.")
  var isQuiet = false

  @Flag(help: "Show no progress bar.")
  var noProgress = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024.")
    }
    if let batchSize, !(1...1024).contains(batchSize) {
      throw ValidationError("--batch-size must be between 1 and 1024.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    if let threads { options.threads = threads }
    if let batchSize { options.batchSize = batchSize }
  }
}
