import ArgumentParser
import Classification

/// How many pictures run together, for commands that run the network on batches.
struct BatchOptions: ParsableArguments {
  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How many pictures a thread runs through the network at a time.", valueName: "count"))
  var batchSize: Int?

  @Flag(
    help: ArgumentHelp(
      "Run each picture alone, on one thread, so that its results are the same to the last digit "
        + "whatever comes with it and however many threads there are. In int8 the results are the "
        + "same anyway; fp32 takes up to twice as long."))
  var deterministic = false

  func validate() throws {
    if let batchSize, !(1...1024).contains(batchSize) {
      throw ValidationError("--batch-size must be between 1 and 1024.")
    }
    if deterministic, batchSize ?? 1 > 1 {
      throw ValidationError("--deterministic and --batch-size exclude each other.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    if let batchSize { options.batchSize = batchSize }
    options.isDeterministic = deterministic
  }
}
