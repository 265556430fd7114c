import ArgumentParser
import ModelLibrary
import Network
import System

/// Which model classifies.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A model's name, or the path of a weight file. (default: that of ALEXNET_MODEL, else the one "
        + "set with 'alexnet model default', else the most accurate one here that knows at least "
        + "1000 classes)",
      valueName: "name-or-path"),
    completion: .modelNames)
  var model: String?

  func validate() throws {
    if model == "" {
      throw ValidationError("The name of the model is empty.")
    }
  }

  /// Opens the model that the user named, or else the default model.
  ///
  /// - Parameter description: what else the user says about it.
  func open(_ description: ModelDescriptionOptions? = nil) throws -> Model {
    try Self.open(model, description)
  }

  /// Opens the model that the user named, or else the default model, and notes what the user may
  /// not know: which model that is, and which preprocessing is assumed.
  ///
  /// - Parameters:
  ///   - precision: what to compute in; nil for float32.
  ///   - usual: what to compute in where the user names no precision.
  func open(
    _ description: ModelDescriptionOptions, _ precision: PrecisionOptions? = nil,
    usual: PrecisionOptions.Name = .auto, console: Console
  ) throws -> Model {
    try openSource(description, precision, usual: usual, console: console).model
  }

  /// The same, with the model's file.
  func openSource(
    _ description: ModelDescriptionOptions, _ precision: PrecisionOptions? = nil,
    usual: PrecisionOptions.Name = .auto, console: Console
  ) throws -> (model: Model, source: ModelSource) {
    let source = try Self.source(model, description)
    var opened = source.model
    if let precision { opened = try precision.apply(to: opened, usual: usual) }
    if model == nil { console.note(opened.announcement) }
    if description.verbose { console.note(opened.runDescription) }
    if let assumption = opened.assumption {
      console.note(
        "\(assumption) (--preprocess sets it, 'alexnet model import --preprocess' for good)")
    }
    for note in opened.readingNotes { console.note(note) }
    return (opened, source)
  }

  /// Opens the model of this name or path, or the default model for nil.
  static func open(_ model: String?, _ description: ModelDescriptionOptions? = nil) throws -> Model
  {
    try source(model, description).model
  }

  private static func source(
    _ model: String?, _ description: ModelDescriptionOptions?
  ) throws -> ModelSource {
    let library = ModelLibrary()
    do throws(ModelError) {
      let options = try description?.importOptions() ?? ImportOptions()
      guard let model else { return try library.defaultSource(options) }
      return try library.source(RawPath(argument: model), options: options)
    } catch {
      throw CommandFailure(error)
    }
  }
}
