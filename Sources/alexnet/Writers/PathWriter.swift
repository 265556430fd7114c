import Classification
import System

/// Writes the paths of the inputs that could be read, and nothing else. Failures are reported on
/// standard error.
struct PathWriter: RecordWriter {
  let output: ResultOutput
  let console: Console
  /// Ends each path: a line break, or a null byte.
  let separator: ListSeparator
  let reportsFailures = true

  mutating func write(_ record: Record) throws(OutputError) {
    switch record.outcome {
    case .answered:
      // A member of an archive has no path of its own: its archive comes first.
      let archive = record.archive.map { $0.bytes + Array(":".utf8) } ?? []
      let path = archive + record.path.bytes
      // A terminal would obey the control characters of a name.
      let shown =
        output.isTerminal
        ? Array(DisplayText.printable(String(decoding: path, as: UTF8.self)).utf8) : path
      try output.write(shown + [separator.rawValue])
    case .failed(let failure):
      console.error("\(record.path.repaired): \(failure.message)")
    }
  }
}
