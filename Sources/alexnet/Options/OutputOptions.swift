import ArgumentParser
import System

/// The forms that results take.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case jsonl
  case csv
}

/// How results are written, and where to.
struct OutputOptions: ParsableArguments {
  @Option(help: "How results are written.")
  var format: OutputFormat?

  @Flag(help: "Short for --format json: one array with one record an input.")
  var json = false

  @Flag(help: "Short for --format jsonl: one record a line, as soon as it is known.")
  var jsonl = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write results to a file, which appears when it is complete or not at all.",
      valueName: "file"),
    completion: .file())
  var output: String?

  func validate() throws {
    var formats: Set<OutputFormat> = []
    if let format { formats.insert(format) }
    if json { formats.insert(.json) }
    if jsonl { formats.insert(.jsonl) }
    if formats.count > 1 {
      let names = formats.map(\.rawValue).sorted().joined(separator: " and ")
      throw ValidationError("Results have one format; these options ask for \(names).")
    }
    if output == "" {
      throw ValidationError("The name of the output file is empty.")
    }
  }

  /// The file that was asked for, or standard output.
  func open(console: Console) throws(OutputError) -> ResultOutput {
    guard let output else { return ResultOutput(console: console) }
    return try ResultOutput(path: RawPath(ArgumentBytes.bytes(of: output)), console: console)
  }

  /// The writer of the format that was asked for.
  func writer(
    _ output: ResultOutput, model: String, soleInput: RawPath?, console: Console
  ) -> any RecordWriter {
    switch json ? .json : jsonl ? .jsonl : format ?? .table {
    case .table: TableWriter(output: output, console: console, soleInput: soleInput)
    case .json: JSONWriter(output: output, model: model)
    case .jsonl: JSONLinesWriter(output: output, model: model)
    case .csv: CSVWriter(output: output, model: model)
    }
  }
}
