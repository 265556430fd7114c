import ArgumentParser
import ModelLibrary
import System

/// Which model another file is to be made of, and where that goes.
struct ConversionOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A model's name, or the path of a weight file.", valueName: "name-or-path"),
    completion: .file())
  var model: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the result to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp("Put the result into the library, under this name.", valueName: "name"))
  var name: String?

  @Flag(help: "Write the report as one JSON object.")
  var json = false

  func validate() throws {
    if model.isEmpty { throw ValidationError("The name of the model is empty.") }
    if output == "" { throw ValidationError("The name of the output file is empty.") }
    if (output == nil) == (name == nil) {
      throw ValidationError(
        "Say where the result goes: --output FILE writes a file, --name NAME puts it into the "
          + "library.")
    }
  }

  /// Whether the file itself takes the standard output.
  var takesStandardOutput: Bool { output.map { isStandardOutput(path(from: $0)) } ?? false }

  /// The new file, before there is anything in it.
  func makeFile(_ library: ModelLibrary) throws(ModelError) -> NewModelFile {
    if let name { return try library.newModel(named: name) }
    return try library.newFile(at: path(from: output ?? ""))
  }
}

/// On what the new model is to be compared with the old one.
struct ComparisonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Measure the accuracy before and after on a folder of labelled images, as 'alexnet evaluate' "
        + "takes it.", valueName: "directory"),
    completion: .directory)
  var evaluate: String?

  @OptionGroup(title: "Evaluation") var truth: GroundTruthOptions

  func validate() throws {
    if evaluate == "" { throw ValidationError("The name of the data is empty.") }
    if evaluate == nil && (truth.groundTruth != nil || truth.skipUnknown) {
      throw ValidationError(
        "--ground-truth and --skip-unknown are about the images of --evaluate, which is missing.")
    }
  }
}
