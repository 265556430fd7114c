import Architecture
import ArgumentParser
import ModelLibrary
import Network
import Preprocessing
import System

/// What the user says about a weight file that does not describe itself, or not correctly.
struct ModelDescriptionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with the names of the model's classes, one on each line, in the order of the outputs."
        + " A line may begin with a WordNet id.", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "The model's architecture: \(Architecture.all.map(\.name).joined(separator: ", ")).",
      valueName: "name"),
    completion: .list(Architecture.all.map(\.name)))
  var variant: String?

  @Option(
    help: ArgumentHelp(
      "How pictures are prepared for the model: \(Self.presetNames), or a JSON text or file.",
      valueName: "how"),
    completion: .list(Preprocessing.presets.keys.sorted()))
  var preprocess: String?

  @Flag(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Print the precision of the model on standard error, and all that is wrong with a weight "
        + "file."))
  var verbose = false

  private static var presetNames: String {
    Preprocessing.presets.keys.sorted().joined(separator: ", ")
  }

  func validate() throws {
    if let variant, Architecture(named: variant) == nil {
      let names = Architecture.all.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no variant '\(variant)'; the variants are \(names).")
    }
  }

  /// Reads the files that are named.
  func importOptions() throws(ModelError) -> ImportOptions {
    ImportOptions(
      variant: variant,
      labels: try labels.map { (name) throws(ModelError) in
        try LabelFile.read(RawPath(argument: name))
      },
      labelsFile: labels.map { RawPath(argument: $0).repaired },
      preprocessing: try preprocess.map { (how) throws(ModelError) in
        try PreprocessingDescription.read(how, path: RawPath(argument: how))
      })
  }
}
