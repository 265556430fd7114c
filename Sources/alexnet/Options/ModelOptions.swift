import ArgumentParser

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
}
