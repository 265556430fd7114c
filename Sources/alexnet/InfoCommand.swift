import Architecture
import ArgumentParser
import JSON
import ModelLibrary
import Network
import System

/// `alexnet info`: the layers of a network, computed from its description.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show the layers of a network, with their shapes and costs.",
    discussion: """
      Without options, it shows the network of the built-in model.

      Examples:
        alexnet info
        alexnet info --variant caffenet
        alexnet info --model weights.safetensors --json
        alexnet info --variant torchvision --diagram torchvision.svg
      """)

  @OptionGroup var network: NetworkOptions

  @Flag(help: "Write one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Draw the layers as blocks, with their sizes and parameters, and write that to an SVG file.",
      valueName: "file.svg"),
    completion: .file(extensions: ["svg"]))
  var diagram: String?

  func validate() throws {
    if let diagram, !diagram.lowercased().hasSuffix(".svg"), !diagram.hasPrefix("/dev/") {
      throw ValidationError("--diagram is an SVG file: its name must end in .svg.")
    }
  }

  func run() throws {
    if let diagram {
      var protection = OutputProtection(network.model.map { ReadFile.model($0) } ?? [])
      try protection.check(RawPath(argument: diagram), "the diagram")
    }
    let architecture = try network.openModel()?.parameters.architecture ?? network.architecture
    let summary: NetworkSummary
    do throws(ArchitectureError) {
      summary = try NetworkSummary(architecture)
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
    if let diagram { try write(architecture, to: RawPath(argument: diagram)) }
    let output = ResultOutput(console: Console())
    try output.write(
      json ? summary.json.text + "\n" : summary.table(TextStyle(isEnabled: output.wantsColor)))
  }

  private func write(_ architecture: Architecture, to path: RawPath) throws {
    if isStandardOutput(path) {
      throw CommandFailure(
        .usage, "the diagram and the table cannot both go to standard output",
        hint: "name a file that ends in .svg")
    }
    let svg: String
    do throws(ArchitectureError) {
      svg = try NetworkDiagram(architecture).svg
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
    let file = try ResultOutput(path: path, console: Console())
    try file.write(svg)
    try file.commit()
  }
}
