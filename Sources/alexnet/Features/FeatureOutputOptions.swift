import ArgumentParser
import Classification
import System

/// The formats of features.
enum FeatureFormat: String, CaseIterable, ExpressibleByArgument {
  case jsonl
  case csv
  case npy
  case safetensors

  fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// How and where features are written.
struct FeatureOutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The format of the results. (default: the ending of the output file; jsonl on standard "
        + "output)",
      valueName: "format"))
  var format: FeatureFormat?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the results to a file whose name ends in .npy, .safetensors, .csv or .jsonl. It "
        + "appears only when it is complete. Beside FILE.npy, FILE.npy.jsonl says which row is "
        + "which image.",
      valueName: "file"),
    completion: .file())
  var output: String?

  func validate() throws {
    if output == "" {
      throw ValidationError("The name of the output file is empty.")
    }
    _ = try chosenFormat()
  }

  /// The format that was named, or else that of the output file.
  private func chosenFormat() throws -> FeatureFormat {
    guard let output else {
      switch format ?? .jsonl {
      case .npy, .safetensors:
        throw ValidationError(
          "The formats npy and safetensors need --output: their beginning is written last.")
      case .jsonl, .csv: return format ?? .jsonl
      }
    }
    if let format { return format }
    let ending = RawPath(argument: output).lowercasedExtension
    guard let format = FeatureFormat(rawValue: ending) else {
      throw ValidationError(
        "The ending of '\(output)' is no format: --format names one of \(FeatureFormat.names).")
    }
    return format
  }

  /// Opens the file that the user named, or standard output.
  ///
  /// - Parameter files: what is read, and not replaced.
  func open(reading files: [ReadFile], console: Console) throws -> FeatureOutput {
    var protection = OutputProtection(files)
    try protection.check(output.map(RawPath.init(argument:)), "the features")
    if output != nil, try chosenFormat() == .npy {
      try protection.check(FeatureArrayFile.recordsFile(of: path), "the records")
    }
    switch try chosenFormat() {
    case .jsonl: return .jsonLines(try openText(console))
    case .csv: return .csv(try openText(console))
    case .npy: return .array(try FeatureArrayFile(path, .numpy, console: console))
    case .safetensors: return .array(try FeatureArrayFile(path, .safetensors, console: console))
    }
  }

  private var path: RawPath { RawPath(argument: output ?? "") }

  private func openText(_ console: Console) throws(OutputError) -> ResultOutput {
    output == nil
      ? ResultOutput(console: console) : try ResultOutput(path: path, console: console)
  }
}

/// An output for features that has been opened.
enum FeatureOutput {
  case jsonLines(ResultOutput)
  case csv(ResultOutput)
  case array(FeatureArrayFile)

  /// The run that writes features of `source` to this output.
  func run(_ source: FeatureSource, _ run: ImageRun) -> RecordRun<[Float]> {
    switch self {
    case .jsonLines(let output):
      RecordRun(
        writer: FeatureLinesWriter(output: output, source: source), output: output, run: run)
    case .csv(let output):
      RecordRun(
        writer: FeatureCSVWriter(output: output, source: source), output: output, run: run)
    case .array(let file):
      RecordRun(
        writer: FeatureArrayWriter(file: file, source: source), output: file, run: run)
    }
  }
}
