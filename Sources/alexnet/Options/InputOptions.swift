import ArgumentParser
import Classification
import System

/// What to classify: the arguments themselves, and lists of further ones.
struct InputOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file, a folder of them, or - for one image on standard input.",
      valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    help: ArgumentHelp(
      "Read more inputs from a file, one a line; - reads the list from standard input.",
      valueName: "file"),
    completion: .file())
  var filesFrom: String?

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "The names in --files-from end with a null byte, not a line break.")
  var null = false

  /// Whether nothing was named.
  var isEmpty: Bool { inputs.isEmpty && filesFrom == nil }

  func validate() throws {
    if null && filesFrom == nil {
      throw ValidationError("-0 says how the names in --files-from end; there is no --files-from.")
    }
    if inputs.contains("") {
      throw ValidationError("An input's name is empty.")
    }
    let readsStandardInput = inputs.count { $0 == "-" } + (filesFrom == "-" ? 1 : 0)
    if readsStandardInput > 1 {
      throw ValidationError("Standard input (-) can be read only once.")
    }
  }

  /// What is to be classified, in order: the arguments, then the list. A file whose name is a
  /// hyphen is reached as `./-`.
  var source: InputSource {
    var source = InputSource(
      inputs.map { $0 == "-" ? .standardInput : .path(RawPath(ArgumentBytes.bytes(of: $0))) })
    if let filesFrom {
      source.inputs.append(
        .list(
          path: filesFrom == "-" ? nil : RawPath(ArgumentBytes.bytes(of: filesFrom)),
          separator: null ? .nul : .newline))
    }
    return source
  }

  /// The path of the only input, where it is the only one.
  var soleInput: RawPath? {
    guard inputs.count == 1, filesFrom == nil else { return nil }
    return RawPath(ArgumentBytes.bytes(of: inputs[0]))
  }
}
