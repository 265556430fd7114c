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
    self.path = path
    partial = RawPath(path.bytes + Array(".partial".utf8))
    let description = RawPath(path.bytes + Array(".run".utf8))
    let lock: FileLock?
    do throws(SystemError) {
      lock = try FileLock.withoutWaiting(RawPath(path.bytes + Array(".lock".utf8)))
    } catch {
      throw Self.cannotCreate(error)
    }
    guard let lock else {
      throw CommandFailure(
        .cannotCreateOutput, "another run writes to \(path.repaired) now",
        hint: "wait for its end, or name another output")
    }
    self.lock = lock
    try Self.takeUp(path, partial, description, run)
    do throws(SystemError) {
      file = try AppendingFile(partial)
      let records = try Self.read(&file)
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

  /// Checks what earlier runs left, and gives the records their name for the time of the run.
  private static func takeUp(
    _ path: RawPath, _ partial: RawPath, _ description: RawPath, _ run: JSONValue
  ) throws {
    let isComplete = (try? FileStatus(of: path)) != nil
    let isPartial = (try? FileStatus(of: partial)) != nil
    if isComplete && isPartial {
      throw CommandFailure(
        .usage, "there are both \(path.repaired) and \(partial.repaired)",
        hint: "remove or rename the one that is not wanted")
    }
    do throws(SystemError) {
      guard isComplete || isPartial else {
        let file = try AtomicFile(description)
        try file.write(Array((run.text + "\n").utf8).span)
        return try file.commit()
      }
    } catch {
      throw cannotCreate(error)
    }
    guard let text = try? readFile(description, limit: 1 << 28),
      let begun = try? JSONValue.parse(String(decoding: text, as: UTF8.self))
    else {
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
    do throws(SystemError) {
      if isComplete { try renameFile(path, to: partial) }
    } catch {
      throw cannotCreate(error)
    }
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

  /// Reads the records, and cuts off what follows the last one that is whole: the end of a line
  /// that was being written when the machine stopped.
  private static func read(_ file: inout AppendingFile) throws(SystemError) -> [Recorded] {
    var records: [Recorded] = []
    var end = 0
    try eachLine(&file) { line in
      guard let record = Recorded(line.extracting(droppingLast: 1)) else { return false }
      records.append(record)
      end += line.count
      return true
    }
    if end < file.size { try file.truncate(to: end) }
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
  }

  /// The records so far stay.
  func abandon() {
    // What is not on the disk yet is still written, unless the machine stops before.
    try? file.synchronize()
  }
}
