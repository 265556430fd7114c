import ArgumentParser
import ModelLibrary
import System

/// Which model is converted, and where the result is written.
struct ConversionOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A model's name, or the path of a weight file.", valueName: "name-or-path"),
    completion: .modelNames)
  var model: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the result to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp("Install the result in the library under this name.", valueName: "name"))
  var name: String?

  @Flag(help: "Write the report as one JSON object.")
  var json = false

  func validate() throws {
    if model.isEmpty { throw ValidationError("The name of the model is empty.") }
    if output == "" { throw ValidationError("The name of the output file is empty.") }
    if (output == nil) == (name == nil) {
      throw ValidationError(
        "Say where the result goes: --output FILE writes a file, --name NAME installs it in the "
          + "library.")
    }
  }

  /// Whether the new file is written to standard output.
  var takesStandardOutput: Bool { output.map { isStandardOutput(RawPath(argument: $0)) } ?? false }

  /// Refuses an output that would replace what is read.
  ///
  /// - Parameter files: what is read beside the model.
  func check(reading files: [ReadFile]) throws {
    var protection = OutputProtection(ReadFile.model(model) + files)
    try protection.check(output.map(RawPath.init(argument:)), "the new model")
  }

  /// Creates the new file, which is still empty.
  func makeFile(_ library: ModelLibrary) throws(ModelError) -> NewModelFile {
    if let name { return try library.newModel(named: name) }
    return try library.newFile(at: RawPath(argument: output ?? ""))
  }
}

/// The images on which the new model is compared with the old one.
struct ComparisonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Measure the accuracy before and after on a folder of labelled images in the form that "
        + "'alexnet evaluate' takes.", valueName: "directory"),
    completion: .directory)
  var evaluate: String?

  @OptionGroup(title: "Evaluation") var truth: GroundTruthOptions

  func validate() throws {
    if evaluate == "" { throw ValidationError("The name of the data is empty.") }
    if evaluate == nil && (truth.groundTruth != nil || truth.skipUnknown) {
      throw ValidationError(
        "--ground-truth and --skip-unknown need --evaluate, which names the images.")
    }
  }
}
