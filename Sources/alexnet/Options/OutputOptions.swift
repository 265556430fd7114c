import ArgumentParser
import Classification
import System

/// The formats of results.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case jsonl
  case csv
}

/// How and where results are written.
struct OutputOptions: ParsableArguments {
  @Option(help: "The format of the results.")
  var format: OutputFormat?

  @Flag(help: "Short for --format json: one array with one record for each input.")
  var json = false

  @Flag(help: "Short for --format jsonl: one record on each line, written as soon as it is known.")
  var jsonl = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the results to a file. It appears only when it is complete.",
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
      throw ValidationError("Results can have only one format, and these options ask for \(names).")
    }
    if output == "" {
      throw ValidationError("The name of the output file is empty.")
    }
  }

  /// The file that the user named, or standard output.
  func open(console: Console) throws(OutputError) -> ResultOutput {
    guard let output else { return ResultOutput(console: console) }
    return try ResultOutput(path: RawPath(argument: output), console: console)
  }

  /// The writer for the format that the user chose.
  func writer(
    _ output: ResultOutput, model: String, soleInput: RawPath?, console: Console
  ) -> any RecordWriter<[Prediction]> {
    switch json ? .json : jsonl ? .jsonl : format ?? .table {
    case .table: TableWriter(output: output, console: console, soleInput: soleInput)
    case .json: JSONWriter(output: output, model: model)
    case .jsonl: JSONLinesWriter(output: output, model: model)
    case .csv: CSVWriter(output: output, model: model)
    }
  }
}
