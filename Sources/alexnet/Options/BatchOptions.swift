import ArgumentParser
import Classification

/// How many pictures run together, for commands that run the network on batches.
struct BatchOptions: ParsableArguments {
  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How many pictures a thread runs through the network at a time.", valueName: "count"))
  var batchSize: Int?

  func validate() throws {
    if let batchSize, !(1...1024).contains(batchSize) {
      throw ValidationError("--batch-size must be between 1 and 1024.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    if let batchSize { options.batchSize = batchSize }
  }
}
