import Architecture
import ArgumentParser
import JSON
import ModelLibrary
import Network

/// `alexnet info`: the layers of a network, computed from its description.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show the layers of a network, with their shapes and costs.",
    discussion: """
      Without options, it shows the original AlexNet of 1000 classes.

      Examples:
        alexnet info
        alexnet info --variant caffenet
        alexnet info --model weights.safetensors --json
      """)

  @OptionGroup var network: NetworkOptions

  @Flag(help: "Write one JSON object.")
  var json = false

  func run() throws {
    let architecture = try network.openModel()?.parameters.architecture ?? network.architecture
    let summary: NetworkSummary
    do throws(ArchitectureError) {
      summary = try NetworkSummary(architecture)
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
    let output = ResultOutput(console: Console())
    try output.write(
      json ? summary.json.text + "\n" : summary.table(TextStyle(isEnabled: output.wantsColor)))
  }
}
