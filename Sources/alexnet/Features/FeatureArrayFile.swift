import System

/// A file that will hold one row of float32 values for each input, and what says which row is which
/// input: JSON Lines in a file beside it or, in safetensors, inside it.
///
/// The rows are written as they come. What stands before them is written again at the end, because
/// it says how many they are.
final class FeatureArrayFile: RunOutput {
  enum Format {
    case numpy
    case safetensors
  }

  let format: Format
  let isWrittenWhole = true
  private let rows: AtomicFile
  private let records: Records

  private enum Records {
    case beside(AtomicFile)
    /// Kept here until the rows are complete.
    case inside(ScratchFile)
  }

  /// - Throws: what ends the command if the files cannot be created, or `path` leads to a pipe.
  init(_ path: RawPath, _ format: Format, console: Console) throws {
    self.format = format
    guard let rows = try createOutput(path) as? AtomicFile else {
      throw CommandFailure(
        .usage, "\(path.repaired) is not an ordinary file: only jsonl and csv can go there")
    }
    self.rows = rows
    if let note = inPlaceNote(path, rows.inPlaceReason) { console.note(note) }
    do throws(SystemError) {
      switch format {
      case .numpy: records = .beside(try AtomicFile(Self.recordsFile(of: path)))
      case .safetensors: records = .inside(try ScratchFile(beside: path))
      }
    } catch {
      throw OutputError.cannotCreate(error)
    }
  }

  /// The file that says what the rows of a `.npy` file are. It keeps the whole name, so that it
  /// does not replace the features of other images as JSON Lines.
  static func recordsFile(of path: RawPath) -> RawPath {
    path.adding(".jsonl")
  }

  /// Writes bytes behind all others.
  func append(_ bytes: [UInt8]) throws(OutputError) {
    try writing { () throws(SystemError) in try rows.write(bytes.span) }
  }

  /// Writes bytes over the beginning of the file.
  func replaceBeginning(_ bytes: [UInt8]) throws(OutputError) {
    try writing { () throws(SystemError) in try rows.overwrite(bytes.span, at: 0) }
  }

  /// Writes one line about a row.
  func append(record: String) throws(OutputError) {
    try writing { () throws(SystemError) in
      switch records {
      case .beside(let file): try file.write(record)
      case .inside(let file): try file.append(Array(record.utf8).span)
      }
    }
  }

  /// Copies the lines about the rows to the end of the file, if they belong inside it.
  ///
  /// - Returns: how many bytes they are.
  func appendRecords() throws(OutputError) -> Int {
    guard case .inside(let file) = records else { return 0 }
    try writing { () throws(SystemError) in
      try file.readAll { (bytes) throws(SystemError) in try rows.write(bytes) }
    }
    return file.count
  }

  /// The file gets its name first: without the lines about it it is of use, and they are of none
  /// without it.
  func commit() throws(OutputError) {
    try writing { () throws(SystemError) in
      try rows.commit()
      if case .beside(let file) = records { try file.commit() }
    }
  }

  func abandon() {
    rows.abandon()
    if case .beside(let file) = records { file.abandon() }
  }

  private func writing(_ body: () throws(SystemError) -> Void) throws(OutputError) {
    do throws(SystemError) {
      try body()
    } catch {
      throw .cannotWrite(error)
    }
  }
}
