import ArgumentParser

/// `alexnet info`: the layers of a network, computed from its description.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show the layers of a network, with their shapes and costs.")
}
