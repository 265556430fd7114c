import ArgumentParser
import JSON
import ModelLibrary
import Network
import System

/// `alexnet model info`: describes a model.
struct ModelInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Describe a model.",
    discussion: """
      Examples:
        alexnet model info starter
        alexnet model info some.caffemodel --json
      """)

  @Argument(
    help: ArgumentHelp(
      "A model's name, or the path of a weight file.", valueName: "name-or-path"),
    completion: .modelNames)
  var model: String

  @OptionGroup var description: ModelDescriptionOptions

  @Flag(help: "Write one JSON object.")
  var json = false

  func run() throws {
    let opened = try withLibrary { (library) throws(ModelError) in
      try library.source(RawPath(argument: model), options: description.importOptions()).model
    }
    let entries = ModelDescription(opened)
    try ResultOutput(console: Console()).write(json ? entries.json.text + "\n" : entries.text)
  }
}
