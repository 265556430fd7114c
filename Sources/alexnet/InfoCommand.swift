import ArgumentParser
import ModelLibrary
import Network

extension ArgumentHelp {
  fileprivate static let variantNames = Architecture.all.map(\.name).joined(separator: ", ")
}

/// `alexnet info`: the layers of a network, computed from its description.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show the layers of a network, with their shapes and costs.",
    discussion: """
      Without options: the network of 1000 classes that this program is about.

      Examples:
        alexnet info
        alexnet info --variant caffenet
        alexnet info --model weights.safetensors --json
      """)

  @Option(
    help: ArgumentHelp(
      "Which architecture: \(ArgumentHelp.variantNames). (default: alexnet)", valueName: "name"),
    completion: .list(Architecture.all.map(\.name)))
  var variant: String?

  @OptionGroup var model: ModelOptions

  @Flag(help: "Write one JSON object.")
  var json = false

  func validate() throws {
    if variant != nil && model.model != nil {
      throw ValidationError(
        "A model has its own architecture: give --variant or --model, not both.")
    }
    if let variant, Architecture(named: variant) == nil {
      throw ValidationError(
        "There is no variant '\(variant)'; there are \(ArgumentHelp.variantNames).")
    }
  }

  func run() throws {
    let architecture =
      try model.model == nil
      ? Architecture(named: variant ?? "") ?? .alexnet : model.open().network.architecture
    let summary: NetworkSummary
    do throws(NetworkError) {
      summary = try NetworkSummary(architecture)
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
    let output = ResultOutput(console: Console())
    try output.write(
      json ? summary.json.text + "\n" : summary.table(TextStyle(isEnabled: output.wantsColor)))
  }
}
