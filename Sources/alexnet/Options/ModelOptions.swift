import ArgumentParser
import ModelLibrary
import System

/// Which network classifies.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A model's name, or the path of a weight file. (default: what is built in)",
      valueName: "name-or-path"),
    completion: .file())
  var model: String?

  func validate() throws {
    if model == "" {
      throw ValidationError("The name of the model is empty.")
    }
  }

  /// Opens the model that was asked for, or else what is built in.
  func open() throws -> Model {
    let library = ModelLibrary()
    do throws(ModelError) {
      guard let model else { return try library.open() }
      // A name that is not UTF-8 can only be a path.
      let path = RawPath(ArgumentBytes.bytes(of: model))
      return try path.isUTF8 ? library.open(path.repaired) : library.open(path: path)
    } catch {
      throw CommandFailure(
        error.kind == .badFile ? .badModel : .modelUnavailable, error.description)
    }
  }
}
