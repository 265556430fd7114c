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

  var resolvedFormat: OutputFormat {
    if json { return .json }
    if jsonl { return .jsonl }
    return format ?? .table
  }

  var path: RawPath? {
    output.map { RawPath(ArgumentBytes.bytes(of: $0)) }
  }
}
