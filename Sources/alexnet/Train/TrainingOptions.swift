import ArgumentParser
import Classification
import ModelLibrary
import Preprocessing
import System
import Training

/// What training begins with.
struct TrainingStartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model to begin with: a name, or the path of a weight file. (default: the model that "
        + "classifies by default)",
      valueName: "name-or-path"),
    completion: .file())
  var from: String?

  @Flag(help: "Begin with random weights.")
  var fromScratch = false

  @Option(
    help: ArgumentHelp(
      "The network to train from random weights. (default: alexnet)", valueName: "name"))
  var variant: String?

  @Option(
    help: ArgumentHelp(
      "The layers that stay as they are: 'features' for all before the first fully connected one, "
        + "the name of a fully connected layer for all up to it, such as fc6 or fc7, or 'none'. "
        + "(default: all but the last one in the first stage, none in the second)",
      valueName: "layer"))
  var freeze: String?

  @Option(
    help: ArgumentHelp(
      "How photos are prepared for the network: "
        + Preprocessing.presets.keys.sorted().joined(separator: ", ")
        + ", or a JSON text or file. It becomes a part of the model. (default: as for the model to "
        + "begin with)", valueName: "how"),
    completion: .list(Preprocessing.presets.keys.sorted()))
  var preprocess: String?

  func validate() throws {
    if from == "" { throw ValidationError("The name of the model is empty.") }
    if from != nil && fromScratch {
      throw ValidationError("--from and --from-scratch exclude each other.")
    }
    if variant != nil && !fromScratch {
      throw ValidationError("--variant is for --from-scratch.")
    }
    if freeze != nil && fromScratch {
      throw ValidationError(
        "--freeze needs layers that have learned something; with "
          + "--from-scratch there are none.")
    }
  }
}

/// How the work of a training is divided, and how its progress is reported.
struct TrainingRunOptions: ParsableArguments {
  @Flag(help: "Go on with the interrupted training of this output.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Save a checkpoint, from which --resume continues, at least so often, and after each epoch.",
      valueName: "time"))
  var checkpointEvery = TrainingTime(seconds: 600)

  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    parsing: .number,
    help: ArgumentHelp(
      "The number of threads. Where there are more than one, as many others prepare the next "
        + "photos meanwhile. (default: one for each processor)", valueName: "count"))
  var threads: Int?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How much memory decoded photos, and kept outputs of layers that are not trained, may take, "
        + "such as 500M or 2G. What has no room is read or computed again in each epoch. (default: "
        + "a quarter of the machine's)", valueName: "size"))
  var maxMemory: ByteCount?

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
    if let maxMemory, maxMemory.bytes < 1 << 20 {
      throw ValidationError("--max-memory must be at least 1M.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    if let threads { options.threads = threads }
    if let maxMemory { options.maxMemory = maxMemory.bytes }
  }
}
