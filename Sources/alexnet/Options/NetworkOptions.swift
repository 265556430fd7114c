import Architecture
import ArgumentParser
import ModelLibrary
import Network

/// Which network to use if its weights do not matter: an architecture by its name, or that of a
/// model.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The architecture: \(variantNames). (default: alexnet)", valueName: "name"),
    completion: .list(Architecture.all.map(\.name)))
  var variant: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A model's name, or the path of a weight file, instead of a variant.",
      valueName: "name-or-path"),
    completion: .modelNames)
  var model: String?

  private static let variantNames = Architecture.all.map(\.name).joined(separator: ", ")

  func validate() throws {
    if variant != nil && model != nil {
      throw ValidationError(
        "A model has its own architecture: give --variant or --model, not both.")
    }
    if model == "" {
      throw ValidationError("The name of the model is empty.")
    }
    if let variant, Architecture(named: variant) == nil {
      throw ValidationError(
        "There is no variant '\(variant)'; the variants are \(Self.variantNames).")
    }
  }

  /// The architecture that was named, or else that of the built-in model.
  var architecture: Architecture { Architecture(named: variant ?? "") ?? .alexnet }

  /// The model that was named; nil if none was.
  func openModel() throws -> Model? {
    guard let model else { return nil }
    return try ModelOptions.open(model)
  }
}
