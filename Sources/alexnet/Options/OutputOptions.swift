import ArgumentParser
import Classification
import JSON
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

  @Flag(help: "Short for --format json: one array of records.")
  var json = false

  @Flag(help: "Short for --format jsonl: one record on each line, as soon as it is known.")
  var jsonl = false

  @Flag(help: "Short for --format csv: rows of values, the first with their names.")
  var csv = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the results to a file. It appears only when it is complete.",
      valueName: "file"),
    completion: .file())
  var output: String?

  /// The formats that options ask for. The ending of the output file does not count.
  var wantedFormats: Set<OutputFormat> {
    var formats: Set<OutputFormat> = []
    if let format { formats.insert(format) }
    if json { formats.insert(.json) }
    if jsonl { formats.insert(.jsonl) }
    if csv { formats.insert(.csv) }
    return formats
  }

  func validate() throws {
    let formats = wantedFormats
    if formats.count > 1 {
      let names = formats.map(\.rawValue).sorted().joined(separator: " and ")
      throw ValidationError("Results can have only one format, and these options ask for \(names).")
    }
    if output == "" {
      throw ValidationError("The name of the output file is empty.")
    }
    if formats.isEmpty, let ending = otherFormat {
      let advice =
        ending.hasPrefix("htm")
        ? "'alexnet classify --report' makes a page" : "a .csv file opens in spreadsheets"
      throw ValidationError(
        "Results cannot be written as .\(ending): the endings are json, jsonl and csv, and "
          + "\(advice). With --format the file may have any ending.")
    }
  }

  /// The ending of the output file, if it is that of a format which is not written here, so that a
  /// table in it would surprise.
  private var otherFormat: String? {
    guard let ending = output.map({ RawPath(argument: $0).lowercasedExtension }) else { return nil }
    let others = [
      "htm", "html", "md", "npy", "ods", "parquet", "pdf", "sqlite", "tsv", "xls", "xlsx", "xml",
      "yaml", "yml",
    ]
    return others.contains(ending) ? ending : nil
  }

  /// The file that the user named, or standard output.
  func open(console: Console) throws(OutputError) -> ResultOutput {
    guard let output else { return ResultOutput(console: console) }
    return try ResultOutput(path: RawPath(argument: output), console: console)
  }

  /// Whether results go to a file as JSON Lines.
  var isJSONLinesFile: Bool {
    guard let output, chosenFormat == .jsonl else { return false }
    let kind = (try? FileStatus(of: RawPath(argument: output)))?.kind
    return kind == nil || kind == .regular
  }

  /// The file that the user named, with what earlier runs wrote.
  ///
  /// - Parameters:
  ///   - run: what the records depend on.
  ///   - retryingFailures: whether inputs that failed are tried again.
  func openResumable(_ run: JSONValue, retryingFailures: Bool) throws -> ResumableOutput {
    try ResumableOutput(
      RawPath(argument: output ?? ""), run: run, retryingFailures: retryingFailures)
  }

  /// Refuses an output that would replace something else, as when a shell turns `-o *.png` into
  /// `-o 1.png 2.png`.
  func check(_ protection: inout OutputProtection) throws {
    try protection.check(output.map(RawPath.init(argument:)), "the results")
  }

  /// The format that was asked for, or else that of the output file's ending.
  var chosenFormat: OutputFormat {
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
    _ output: ResultOutput, model: AnsweringModel, hasGroups: Bool, soleInput: RawPath?,
    console: Console
  ) -> any RecordWriter<[Prediction]> {
    switch chosenFormat {
    case .table: TableWriter(output: output, console: console, soleInput: soleInput)
    case .json: JSONWriter(output: output, model: model)
    case .jsonl: JSONLinesWriter(output: output, model: model)
    case .csv: CSVWriter(output: output, model: model, hasGroups: hasGroups)
    }
  }
}
