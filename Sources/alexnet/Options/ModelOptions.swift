import ArgumentParser
import ModelLibrary
import System

/// Which network classifies.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A model's name, or the path of a weight file. (default: the one that was set with"
        + " alexnet model default, else the best that is installed, else what is built in)",
      valueName: "name-or-path"),
    completion: .file())
  var model: String?

  func validate() throws {
    if model == "" {
      throw ValidationError("The name of the model is empty.")
    }
  }

  /// Opens the model that was asked for, or else the default one.
  ///
  /// - Parameter description: what else the user said about it.
  func open(_ description: ModelDescriptionOptions? = nil) throws -> Model {
    try Self.open(model, description)
  }

  /// Opens the model of this name or path; the default one for nil.
  static func open(_ model: String?, _ description: ModelDescriptionOptions? = nil) throws -> Model
  {
    let library = ModelLibrary()
    do throws(ModelError) {
      let options = try description?.importOptions() ?? ImportOptions()
      guard let model else { return try library.open(options: options) }
      return try library.source(path(from: model), options: options).model
    } catch {
      throw CommandFailure(error)
    }
  }
}
