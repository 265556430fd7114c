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
  /// The lines of earlier runs.
  private var earlier: EarlierRecords
  /// The records of inputs that failed and are tried again, by input.
  private let retried: [RecordedInputs.Key: [EarlierRecords.Line]]
  /// How many records these inputs have got in this run.
  private var renewed: [RecordedInputs.Key: Int] = [:]
  /// Whether a blank line stands between the records of earlier runs and those of this one.
  private var hasBlankLine = false

  /// The longest time in which records are not brought to the disk while new ones come.
  private static let synchronizationInterval = Duration.seconds(2)

  /// Opens the output: a new one, or one that earlier runs of the same kind have begun.
  ///
  /// - Parameters:
  ///   - run: what the records depend on.
  ///   - retryingFailures: whether inputs that failed are tried again.
  /// - Throws: what ends the command.
  init(_ path: RawPath, run: JSONValue, retryingFailures: Bool) throws {
    lock = try FileLock.ofOutput(path)
    do throws(SystemError) {
      // Where links lead to the output, the other files are beside the output itself.
      self.path = try path.resolvingLinks()
    } catch {
      throw Self.cannotCreate(error)
    }
    partial = Self.partial(self.path)
    let begun = try Self.begun(self.path, partial, run)
    do throws(SystemError) {
      file = try AppendingFile(begun)
    } catch {
      throw Self.cannotCreate(error)
    }
    earlier = try EarlierRecords(&file)
    retried = retryingFailures ? earlier.failed : [:]
    recorded = earlier.takeOutcomes(without: Set(retried.keys))
    recordedBytes = earlier.size
    do throws(SystemError) {
      if earlier.size < file.size { try file.truncate(to: earlier.size) }
      if begun != partial {
        try renameFile(begun, to: partial)
        file = try AppendingFile(partial)
      }
    } catch {
      throw Self.cannotCreate(error)
    }
    // What a run has left that was killed while it wrote it.
    try? removeFile(Self.compacted(self.path))
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
    return [partial(path), compacted(path), path.adding(".run"), path.adding(".lock")]
  }

  private static func partial(_ path: RawPath) -> RawPath { path.adding(".partial") }

  /// The file in which the records are put that a finished output has.
  private static func compacted(_ path: RawPath) -> RawPath { path.adding(".partial.new") }

  /// Removes the note about how an output was begun, where a run without `--resume` has replaced
  /// that output.
  static func forget(_ path: RawPath) {
    let path = (try? path.resolvingLinks()) ?? path
    guard (try? FileStatus(of: partial(path))) == nil else { return }
    if description(beside: path)?["model"] != nil { try? removeFile(path.adding(".run")) }
  }

  /// What an output was begun with; nil where no file says so.
  private static func description(beside path: RawPath) -> JSONValue? {
    let text = try? readFile(path.adding(".run"), limit: 1 << 28)
    return text.flatMap { try? JSONValue.parse(String(decoding: $0, as: UTF8.self)) }
  }

  // MARK: Writing

  /// - Parameter bytes: a record with its line break.
  func write(_ bytes: Span<UInt8>) throws(SystemError) {
    if !retried.isEmpty, let record = EarlierRecords.record(bytes.extracting(droppingLast: 1)) {
      if retried[record.key] != nil { renewed[record.key, default: 0] += 1 }
      if !hasBlankLine { try file.append([UInt8(ascii: "\n")].span) }
      hasBlankLine = true
    }
    try file.append(bytes)
    let now = ContinuousClock.now
    guard now - lastSynchronization >= Self.synchronizationInterval else { return }
    try file.synchronize()
    lastSynchronization = now
  }

  func commit() throws(SystemError) {
    let past = pastLines
    if !past.isEmpty { try remove(past) }
    try file.synchronize()
    try renameFile(partial, to: path)
    synchronizeFolder(of: path)
  }

  /// The numbers of the lines that are not part of the finished output.
  private var pastLines: Set<Int> {
    var past = earlier.past
    if hasBlankLine { past.insert(earlier.lineCount) }
    for (key, lines) in earlier.failed {
      var counting = lines
      if let count = renewed[key] {
        // Failures that are left are those of an input that was given more often before.
        counting = lines.replaced(by: count).filter { !$0.hasFailed }
      } else if key.archive == nil, recorded.hasOpened(key.path), !recorded.hasTakenFailure(key) {
        // An archive that can be read to its end has no record of its own.
        counting = lines.filter { !$0.hasFailed }
      }
      past.insert(lines, but: counting)
    }
    return past
  }

  /// Writes the file anew without some of its lines.
  private func remove(_ numbers: Set<Int>) throws(SystemError) {
    var new = try AppendingFile(Self.compacted(path))
    try new.truncate(to: 0)
    var failure: SystemError?
    var number = 0
    var part: [UInt8] = []
    func flush() -> Bool {
      do throws(SystemError) {
        try new.append(part.span)
        part.removeAll(keepingCapacity: true)
        return true
      } catch {
        failure = error
        return false
      }
    }
    try file.eachLine { line in
      defer { number += 1 }
      if numbers.contains(number) {
        if number < earlier.lineCount { recordedBytes -= line.count }
        return true
      }
      for index in line.indices { part.append(line[index]) }
      return part.count < 1 << 18 || flush()
    }
    if failure == nil { _ = flush() }
    if let failure { throw failure }
    try new.synchronize()
    try renameFile(new.path, to: partial)
    file = try AppendingFile(partial)
  }

  /// The records so far stay.
  func abandon() {
    // What is not on the disk yet is still written, unless the machine stops before.
    try? file.synchronize()
  }
}
