import ArgumentParser
import Classification
import System

extension Shard: ExpressibleByArgument {
  /// Reads `2/8`.
  public init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(index, of: count)
  }
}

/// What to classify: the arguments themselves, and lists of further inputs.
struct InputOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file, a folder or tar file of them, or - for an image or tar file on standard "
        + "input.",
      valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @Option(
    help: ArgumentHelp(
      "Read more inputs from a file, one on each line; - reads the list from standard input. It "
        + "can be given several times.",
      valueName: "file"),
    completion: .file())
  var filesFrom: [String] = []

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "The names in the list of --files-from end with a null byte, not a line break.")
  var null = false

  @Option(
    help: ArgumentHelp(
      "Take only part I of N parts of the inputs, which are divided by the hash of their paths.",
      valueName: "I/N"))
  var shard: Shard?

  /// Whether no input was named.
  var isEmpty: Bool { inputs.isEmpty && filesFrom.isEmpty }

  func validate() throws {
    if null && filesFrom.isEmpty {
      throw ValidationError("-0 needs --files-from: it says how the names in that list end.")
    }
    if inputs.contains("") {
      throw ValidationError("An input's name is empty.")
    }
    if (inputs + filesFrom).count(where: { $0 == "-" }) > 1 {
      throw ValidationError("Standard input (-) can be read only once.")
    }
  }

  /// The inputs in order: the arguments, then the lists. A file whose name is a hyphen can be given
  /// as `./-`.
  var source: InputSource {
    var source = InputSource(
      inputs.map { $0 == "-" ? .standardInput : .path(RawPath(argument: $0)) })
    source.inputs += filesFrom.map {
      .list(path: $0 == "-" ? nil : RawPath(argument: $0), separator: null ? .nul : .newline)
    }
    source.shard = shard
    return source
  }

  /// The arguments as paths, without standard input.
  var paths: [RawPath] { inputs.filter { $0 != "-" }.map(RawPath.init(argument:)) }

  /// The path of the input, if there is only one.
  var soleInput: RawPath? {
    guard inputs.count == 1, filesFrom.isEmpty else { return nil }
    return RawPath(argument: inputs[0])
  }
}
