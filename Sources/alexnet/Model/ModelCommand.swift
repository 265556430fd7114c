import ArgumentParser
import ModelLibrary

/// `alexnet model`: what concerns model files rather than pictures.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Work with model files.",
    subcommands: [ModelCompressCommand.self, ModelQuantizeCommand.self])
}

extension CommandFailure {
  /// The exit code that says what kind of failure it is.
  init(_ error: ModelError) {
    let status: ExitStatus =
      switch error.kind {
      case .badFile: .badModel
      case .unavailable: .modelUnavailable
      case .cannotWrite: .cannotCreateOutput
      }
    self.init(status, error.description)
  }
}
