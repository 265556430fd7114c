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
  /// The inputs that are recorded already.
  let recorded: RecordedInputs
  /// The bytes of the records of earlier runs, with which the file begins.
  let recordedBytes: Int

  /// The longest time in which records are not brought to the disk while new ones come.
  private static let synchronizationInterval = Duration.seconds(2)

  /// Opens the output: a new one, or one that earlier runs of the same kind have begun.
  ///
  /// - Parameters:
  ///   - run: what the records depend on.
  ///   - retryingFailures: whether inputs that failed are tried again: their records are removed.
  /// - Throws: what ends the command.
  init(_ path: RawPath, run: JSONValue, retryingFailures: Bool) throws {
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
    let records = try Self.read(&file)
    do throws(SystemError) {
      if begun != partial {
        try renameFile(begun, to: partial)
        file = try AppendingFile(partial)
      }
      if retryingFailures, records.contains(where: { $0.hasFailed }) {
        try Self.removeFailures(partial)
        file = try AppendingFile(partial)
      }
      recorded = RecordedInputs(
        records.filter { !(retryingFailures && $0.hasFailed) }
          .map { ($0.key, $0.hasFailed ? .failed : .answered) })
      recordedBytes = file.size
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
    let text = try? readFile(description, limit: 1 << 28)
    let begun = text.flatMap { try? JSONValue.parse(String(decoding: $0, as: UTF8.self)) }
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

  // MARK: Records of earlier runs

  private struct Recorded {
    let key: RecordedInputs.Key
    let hasFailed: Bool

    /// Nil for a line that is no record.
    init?(_ line: Span<UInt8>) {
      guard let json = try? JSONValue.parse(line) else { return nil }
      guard let path = RawPath(json, member: "path") else { return nil }
      key = RecordedInputs.Key(path, archive: RawPath(json, member: "archive"))
      hasFailed = json["error"] != nil
    }
  }

  /// Reads the records, and cuts off what follows the last one: what was being written when the
  /// machine stopped.
  ///
  /// - Throws: what ends the command, also where a line before the last record is none.
  private static func read(_ file: inout AppendingFile) throws -> [Recorded] {
    var records: [Recorded] = []
    var (lines, end) = (0, 0)
    var firstOther: Int?
    var isInterrupted = false
    do throws(SystemError) {
      try eachLine(&file) { line in
        lines += 1
        guard let record = Recorded(line.extracting(droppingLast: 1)) else {
          firstOther = firstOther ?? lines
          return true
        }
        isInterrupted = firstOther != nil
        records.append(record)
        end += line.count
        return !isInterrupted
      }
    } catch {
      throw cannotCreate(error)
    }
    if let firstOther, isInterrupted {
      throw CommandFailure(
        .badFile,
        "\(file.path.repaired): line \(firstOther) is no record, and there are records after it",
        hint: "remove that line, or name another output")
    }
    do throws(SystemError) {
      if end < file.size { try file.truncate(to: end) }
    } catch {
      throw cannotCreate(error)
    }
    return records
  }

  /// Writes the file anew without the records of inputs that failed.
  private static func removeFailures(_ path: RawPath) throws(SystemError) {
    var old = try AppendingFile(path)
    let new = try AtomicFile(path)
    var failure: SystemError?
    try eachLine(&old) { line in
      guard Recorded(line.extracting(droppingLast: 1))?.hasFailed == false else { return true }
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
  }

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

  /// - Parameter bytes: whole lines.
  func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try file.append(bytes)
    let now = ContinuousClock.now
    guard now - lastSynchronization >= Self.synchronizationInterval else { return }
    try file.synchronize()
    lastSynchronization = now
  }

  func commit() throws(SystemError) {
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
