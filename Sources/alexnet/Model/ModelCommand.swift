import ArgumentParser
import ModelLibrary
import System

/// `alexnet model`: the models that there are.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "List, fetch, import and describe models.",
    discussion: """
      Models live in ALEXNET_HOME, or else in alexnet below XDG_DATA_HOME or ~/.local/share. \
      ALEXNET_MIRROR (an http, https or file URL of a folder) is asked before a model's own \
      addresses; ALEXNET_OFFLINE=1 forbids the network; ALEXNET_MODEL names the model to use where \
      no --model does.

      Examples:
        alexnet model list
        alexnet model pull caffenet
        alexnet model import my.caffemodel --name pets --labels pets.txt
        alexnet model default pets
      """,
    subcommands: [
      ModelListCommand.self, ModelPullCommand.self, ModelImportCommand.self,
      ModelInfoCommand.self, ModelVerifyCommand.self, ModelPathCommand.self,
      ModelRemoveCommand.self, ModelDefaultCommand.self, ModelCompressCommand.self,
      ModelQuantizeCommand.self,
    ])
}

extension CommandFailure {
  /// What a failure of the library means for the exit code.
  init(_ error: ModelError) {
    let status: ExitStatus =
      switch error.kind {
      case .badFile: .badModel
      case .unavailable, .interrupted: .modelUnavailable
      case .noInput: .noInput
      case .cannotWrite: .cannotCreateOutput
      case .writeFailed: .outputError
      case .usage: .usage
      }
    let lines = error.description.split(separator: "\n").map(String.init)
    self.init(status, lines.first ?? "", details: Array(lines.dropFirst()))
  }
}

/// Runs `body`, and turns what the library throws into what ends the command.
func withLibrary<Result>(
  _ body: (ModelLibrary) throws(ModelError) -> Result
) throws -> Result {
  do throws(ModelError) {
    return try body(ModelLibrary())
  } catch {
    throw CommandFailure(error)
  }
}

/// A path as it was given, byte for byte.
func path(from argument: String) -> RawPath {
  RawPath(ArgumentBytes.bytes(of: argument))
}
