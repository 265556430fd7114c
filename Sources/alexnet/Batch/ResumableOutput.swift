import Classification
import JSON
import Report
import System

/// The output of a run that can be interrupted and resumed: JSON Lines in a file that grows as the
/// records come, and gets its final name when all inputs are recorded.
///
/// Beside the output stand, while records are missing, the records so far (`OUTPUT.partial`), and
/// from then on what the run was begun with (`OUTPUT.run`), so that no other model's records are
/// mixed with them.
final class ResumableOutput: OutputTarget {
  private let path: RawPath
  private let partial: RawPath
  private let lock: FileLock
  private var file: AppendingFile
  private var lastSynchronization = ContinuousClock.now
  /// The inputs that are recorded already, and are not tried again.
  let recorded: RecordedInputs
  /// The bytes of the records of earlier runs, with which the file begins.
  private(set) var recordedBytes: Int
  /// Where the records are that go when their inputs have new ones.
  private var retried: [RecordedInputs.Key: [Range<Int>]] = [:]
  /// Whether lines were made blank in the place of records that are gone.
  private var hasBlankLines: Bool

  /// The longest time in which records are not brought to the disk while new ones come.
  private static let synchronizationInterval = Duration.seconds(2)

  /// Opens the output: a new one, or one that earlier runs of the same kind have begun.
  ///
  /// - Parameters:
  ///   - run: what the records depend on.
  ///   - triesAgain: whether an input that failed is tried again. It is not asked about archives
  ///     that have other records, which are tried again: a cut one may be whole now.
  /// - Throws: what ends the command.
  init(_ path: RawPath, run: JSONValue, triesAgain: (RawPath) -> Bool) throws {
    lock = try FileLock.ofOutput(path)
    do throws(SystemError) {
      // Where links lead to the output, the other files are beside the output itself.
      self.path = try path.resolvingLinks()
    } catch {
      throw Self.cannotCreate(error)
    }
    partial = self.path.adding(".partial")
    let begun = try Self.begun(self.path, partial, run)
    do throws(SystemError) {
      file = try AppendingFile(begun)
    } catch {
      throw Self.cannotCreate(error)
    }
    let (records, hasBlankLines) = try Self.read(&file)
    let archives = Set(records.compactMap(\.archive))
    var known: [(key: RecordedInputs.Key, outcome: RecordedInputs.Outcome)] = []
    for record in records {
      let key = RecordedInputs.Key(record.path, archive: record.archive)
      if record.hasFailed,
        triesAgain(record.path) || record.archive == nil && archives.contains(record.path)
      {
        retried[key, default: []].append(record.place)
      } else {
        known.append((key, record.hasFailed ? .failed : .answered))
      }
    }
    recorded = RecordedInputs(known)
    recordedBytes = file.size
    self.hasBlankLines = hasBlankLines
    guard begun != partial else { return }
    do throws(SystemError) {
      try renameFile(begun, to: partial)
      file = try AppendingFile(partial)
    } catch {
      throw Self.cannotCreate(error)
    }
  }

  private static func cannotCreate(_ error: SystemError) -> CommandFailure {
    CommandFailure(.cannotCreateOutput, error.description)
  }

  /// Checks what earlier runs left, or notes how this run begins.
  ///
  /// - Returns: the file of the records so far. Where there is none, that of the records to come.
  private static func begun(
    _ path: RawPath, _ partial: RawPath, _ run: JSONValue
  ) throws -> RawPath {
    let description = path.adding(".run")
    let isComplete = (try? FileStatus(of: path)) != nil
    let isPartial = (try? FileStatus(of: partial)) != nil
    if isComplete && isPartial {
      throw CommandFailure(
        .usage, "there are both \(path.repaired) and \(partial.repaired)",
        hint: "remove or rename the one that is not wanted")
    }
    let begun = Self.description(beside: path)
    guard isComplete || isPartial else {
      if (try? FileStatus(of: description, followingLinks: false)) != nil, begun?["model"] == nil {
        throw CommandFailure(
          .cannotCreateOutput,
          "\(description.repaired) is another program's file, and has the name under which "
            + "--resume notes the options of a run",
          hint: "name another output, or rename that file")
      }
      do throws(SystemError) {
        let file = try AtomicFile(description)
        try file.write(Array((run.text + "\n").utf8).span)
        try file.commit()
      } catch {
        throw cannotCreate(error)
      }
      return partial
    }
    guard let begun else {
      throw CommandFailure(
        .usage,
        "\((isComplete ? path : partial).repaired) was not written with --resume: "
          + "\(description.repaired), which says how, is missing or damaged",
        hint: "name another output, or remove this one")
    }
    let differences = JSONValue.differences(from: begun, to: run)
    guard differences.isEmpty else {
      throw CommandFailure(
        .usage, "\(path.repaired) was begun with another model or other options",
        details: differences,
        hint: "use the same ones, or name another output")
    }
    return isComplete ? path : partial
  }

  /// The files beside an output, some of which are there only while it is written.
  static func files(beside path: RawPath) -> [RawPath] {
    let path = (try? path.resolvingLinks()) ?? path
    return [path.adding(".partial"), path.adding(".run"), path.adding(".lock")]
  }

  /// Removes the note about how an output was begun, where a run without `--resume` has replaced
  /// that output.
  static func forget(_ path: RawPath) {
    let path = (try? path.resolvingLinks()) ?? path
    guard (try? FileStatus(of: path.adding(".partial"))) == nil else { return }
    if description(beside: path)?["model"] != nil { try? removeFile(path.adding(".run")) }
  }

  /// What an output was begun with; nil where no file says so.
  private static func description(beside path: RawPath) -> JSONValue? {
    let text = try? readFile(path.adding(".run"), limit: 1 << 28)
    return text.flatMap { try? JSONValue.parse(String(decoding: $0, as: UTF8.self)) }
  }

  // MARK: Records of earlier runs

  private struct Recorded {
    let path: RawPath
    let archive: RawPath?
    let hasFailed: Bool
    /// Where the line is in the file, without its line break.
    let place: Range<Int>

    /// Nil for a line that is no record.
    init?(_ line: Span<UInt8>, at offset: Int = 0) {
      guard let json = try? JSONValue.parse(line) else { return nil }
      guard let path = RawPath(json, member: "path") else { return nil }
      self.path = path
      archive = RawPath(json, member: "archive")
      hasFailed = json["error"] != nil
      place = offset..<offset + line.count
    }
  }

  /// Reads the records, and cuts off what follows the last one: what was being written when the
  /// machine stopped. That is part of a line, or has null bytes.
  ///
  /// - Returns: the records, and whether there are blank lines.
  /// - Throws: what ends the command, also where another line is no record.
  private static func read(
    _ file: inout AppendingFile
  ) throws -> (records: [Recorded], hasBlankLines: Bool) {
    var records: [Recorded] = []
    var (lines, offset, end) = (0, 0, 0)
    var firstOther: Int?
    var isWrong = false
    var hasBlankLines = false
    do throws(SystemError) {
      try eachLine(&file) { line in
        lines += 1
        defer { offset += line.count }
        let text = line.extracting(droppingLast: 1)
        if text.indices.allSatisfy({ text[$0] == UInt8(ascii: " ") }) {
          hasBlankLines = true
        } else if let record = Recorded(text, at: offset) {
          isWrong = firstOther != nil
          records.append(record)
        } else {
          firstOther = firstOther ?? lines
          isWrong = !text.indices.contains { text[$0] == 0 }
          return !isWrong
        }
        if firstOther == nil { end = offset + line.count }
        return !isWrong
      }
    } catch {
      throw cannotCreate(error)
    }
    if let firstOther, isWrong {
      throw CommandFailure(
        .badFile, "\(file.path.repaired): line \(firstOther) is no record",
        hint: "remove that line, or name another output")
    }
    do throws(SystemError) {
      if end < file.size { try file.truncate(to: end) }
    } catch {
      throw cannotCreate(error)
    }
    return (records, hasBlankLines)
  }

  /// Writes the file anew without its blank lines.
  private func removeBlankLines() throws(SystemError) {
    let new = try AtomicFile(partial)
    var failure: SystemError?
    var removed = 0
    try Self.eachLine(&file) { line in
      guard line.indices.contains(where: { !Self.blanks.contains(line[$0]) }) else {
        removed += line.count
        return true
      }
      do throws(SystemError) {
        try new.write(line)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    try new.commit()
    file = try AppendingFile(partial)
    recordedBytes -= removed
    hasBlankLines = false
  }

  private static let blanks = [UInt8(ascii: " "), UInt8(ascii: "\n")]

  /// Passes each whole line of the file to `body`, with its line break, until `body` returns false.
  private static func eachLine(
    _ file: inout AppendingFile, _ body: (Span<UInt8>) -> Bool
  ) throws(SystemError) {
    var line: [UInt8] = []
    var wantsMore = true
    try file.readAll { part in
      for index in part.indices where wantsMore {
        line.append(part[index])
        guard part[index] == UInt8(ascii: "\n") else { continue }
        wantsMore = body(line.span)
        line.removeAll(keepingCapacity: true)
      }
    }
  }

  // MARK: Writing

  /// - Parameter bytes: a record with its line break.
  func write(_ bytes: Span<UInt8>) throws(SystemError) {
    if !retried.isEmpty, let record = Recorded(bytes.extracting(droppingLast: 1)) {
      // If the run is interrupted between the two, the input has no record, and is taken up again.
      try removeRetried(.init(record.path, archive: record.archive))
    }
    try file.append(bytes)
    let now = ContinuousClock.now
    guard now - lastSynchronization >= Self.synchronizationInterval else { return }
    try file.synchronize()
    lastSynchronization = now
  }

  /// Makes the line of a record blank whose input was tried again.
  private func removeRetried(_ key: RecordedInputs.Key) throws(SystemError) {
    guard let place = retried[key]?.popLast() else { return }
    let blanks = [UInt8](repeating: UInt8(ascii: " "), count: place.count)
    try file.replace(at: place.lowerBound, blanks.span)
    hasBlankLines = true
  }

  func commit() throws(SystemError) {
    // An archive that can be read to its end has no record of its own.
    for (key, places) in retried where key.archive == nil && recorded.hasOpened(key.path) {
      for _ in places { try removeRetried(key) }
    }
    if hasBlankLines { try removeBlankLines() }
    try file.synchronize()
    try renameFile(partial, to: path)
    synchronizeFolder(of: path)
  }

  /// The records so far stay.
  func abandon() {
    // What is not on the disk yet is still written, unless the machine stops before.
    try? file.synchronize()
  }
}
