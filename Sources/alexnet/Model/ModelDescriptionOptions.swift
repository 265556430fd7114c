import Architecture
import ArgumentParser
import ModelLibrary
import Network
import Preprocessing
import System

/// What a weight file does not say about itself, or not rightly.
struct ModelDescriptionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The names of the model's classes: a file with one a line, in the order of the outputs; a"
        + " WordNet id may stand before a name.", valueName: "file"),
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
      "How the model wants its pictures: \(Self.presetNames), or a JSON text or file.",
      valueName: "how"),
    completion: .list(Preprocessing.presets.keys.sorted()))
  var preprocess: String?

  private static var presetNames: String {
    Preprocessing.presets.keys.sorted().joined(separator: ", ")
  }

  func validate() throws {
    if let variant, Architecture(named: variant) == nil {
      let names = Architecture.all.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no variant '\(variant)'; there are \(names).")
    }
  }

  /// Reads the files that are named.
  func importOptions() throws(ModelError) -> ImportOptions {
    ImportOptions(
      variant: variant,
      labels: try labels.map { (name) throws(ModelError) in
        try LabelFile.read(path(from: name))
      },
      preprocessing: try preprocess.map { (how) throws(ModelError) in
        try PreprocessingDescription.read(how, path: path(from: how))
      })
  }
}
