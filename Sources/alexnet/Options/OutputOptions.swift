import ArgumentParser
import Classification
import Images
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
  @Option(
    help: ArgumentHelp(
      "The format of the results. (default: the ending of the output file, if it is json, jsonl or "
        + "csv; otherwise table)"))
  var format: OutputFormat?

  @Flag(help: "Short for --format json: one array with one record for each input.")
  var json = false

  @Flag(help: "Short for --format jsonl: one record on each line, written as soon as it is known.")
  var jsonl = false

  @Flag(help: "Short for --format csv: one row for each prediction.")
  var csv = false

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
    if csv { formats.insert(.csv) }
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

  /// Refuses an output that is an image, as when a shell turns `-o *.png` into `-o 1.png 2.png`.
  func checkOutput() throws {
    guard let output else { return }
    var beginning: [UInt8] = []
    // What cannot be opened here is created, or reported when that fails.
    let count = try? RandomAccessFile(opening: RawPath(argument: output)).read(
      at: 0, count: 16, into: &beginning)
    guard let count, count >= 4,
      ImageFormat(beginning: beginning.span.extracting(0..<count)) != nil
    else { return }
    throw CommandFailure(
      .usage, "the output '\(output)' is an image, which the results would replace",
      hint: "give the output another name, or remove the image first")
  }

  /// The format that was asked for, or else that of the output file's ending.
  private var chosenFormat: OutputFormat {
    if json { return .json }
    if jsonl { return .jsonl }
    if csv { return .csv }
    if let format { return format }
    switch output.map({ RawPath(argument: $0).lowercasedExtension }) {
    case "json": return .json
    case "jsonl", "ndjson": return .jsonl
    case "csv": return .csv
    default: return .table
    }
  }

  /// The writer for the format that the user chose.
  func writer(
    _ output: ResultOutput, model: String, soleInput: RawPath?, console: Console
  ) -> any RecordWriter<[Prediction]> {
    switch chosenFormat {
    case .table: TableWriter(output: output, console: console, soleInput: soleInput)
    case .json: JSONWriter(output: output, model: model)
    case .jsonl: JSONLinesWriter(output: output, model: model)
    case .csv: CSVWriter(output: output, model: model)
    }
  }
}
