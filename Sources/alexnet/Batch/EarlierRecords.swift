import Classification
import JSON
import Report
import System

/// The records that earlier runs have written to an output.
///
/// A run that tries failed inputs again adds a blank line before its first record. From there on,
/// the records of inputs that had failed take the place of those before the blank line. These are
/// removed when the output is complete: until then, lines are only added.
struct EarlierRecords {
  typealias Key = RecordedInputs.Key

  struct Line {
    /// Counted from 0.
    let number: Int
    /// How many blank lines come before it.
    let part: Int
    let hasFailed: Bool
  }

  /// The lines that count, of inputs with a record that says that they failed.
  private(set) var failed: [Key: [Line]] = [:]
  /// The numbers of lines in whose place there are others, and of blank ones.
  private(set) var past: Set<Int> = []
  /// How many lines there are.
  private(set) var lineCount = 0
  /// The bytes of the lines.
  private(set) var size = 0
  private var records: [(key: Key, line: Line)] = []

  /// The records that count, but those of some inputs. This is asked once: nothing else needs them,
  /// and they take memory.
  mutating func takeOutcomes(without keys: Set<Key>) -> RecordedInputs {
    defer { records = [] }
    return RecordedInputs(
      records.lazy.filter { [past] in !past.contains($0.line.number) && !keys.contains($0.key) }
        .map { ($0.key, $0.line.hasFailed ? .failed : .answered) })
  }

  /// Reads the lines of a file up to the last record. What follows that was being written when the
  /// machine stopped, if it is part of a line or has null bytes.
  ///
  /// - Throws: what ends the command, also where another line is no record.
  init(_ file: inout AppendingFile) throws {
    var firstOther: Int?
    var isWrong = false
    var (number, offset) = (0, 0)
    var blankLines: [Int] = []
    do throws(SystemError) {
      try file.eachLine { line in
        defer { (number, offset) = (number + 1, offset + line.count) }
        let text = line.extracting(droppingLast: 1)
        if text.indices.allSatisfy({ text[$0] == UInt8(ascii: " ") }) {
          if firstOther == nil { blankLines.append(number) }
        } else if let record = Self.record(text) {
          isWrong = firstOther != nil
          records.append(
            (
              record.key,
              Line(number: number, part: blankLines.count, hasFailed: record.hasFailed)
            ))
        } else {
          firstOther = firstOther ?? number
          isWrong = !text.indices.contains { text[$0] == 0 }
        }
        if firstOther == nil { (lineCount, size) = (number + 1, offset + line.count) }
        return !isWrong
      }
    } catch {
      throw CommandFailure(.cannotCreateOutput, error.description)
    }
    if let firstOther, isWrong {
      throw CommandFailure(
        .badFile, "\(file.path.repaired): line \(firstOther + 1) is no record",
        hint: "remove that line, or name another output")
    }
    findPast(blankLines)
  }

  /// What a record is about; nil for a line that is none.
  static func record(_ line: Span<UInt8>) -> (key: Key, hasFailed: Bool)? {
    guard let json = try? JSONValue.parse(line), let path = RawPath(json, member: "path") else {
      return nil
    }
    return (Key(path, archive: RawPath(json, member: "archive")), json["error"] != nil)
  }

  /// Finds the records in whose place there are newer ones.
  private mutating func findPast(_ blankLines: [Int]) {
    past = Set(blankLines)
    let keys = Set(records.lazy.filter(\.line.hasFailed).map(\.key))
    for (key, line) in records where keys.contains(key) { failed[key, default: []].append(line) }
    guard !blankLines.isEmpty else { return }
    for (key, lines) in failed {
      let counting = lines.withoutReplaced
      past.insert(lines, but: counting)
      failed[key] = counting.contains { $0.hasFailed } ? counting : nil
    }
  }
}

extension Set<Int> {
  /// Adds the numbers of lines, but of those that count.
  mutating func insert(_ lines: [EarlierRecords.Line], but counting: [EarlierRecords.Line]) {
    formUnion(lines.map(\.number))
    subtract(counting.map(\.number))
  }
}

extension [EarlierRecords.Line] {
  /// The records of an input that count, where those after a blank line replace those before it if
  /// one of these has failed: each replaces one, those that have failed first.
  fileprivate var withoutReplaced: [EarlierRecords.Line] {
    var before: [EarlierRecords.Line] = []
    var rest = self[...]
    while let first = rest.first {
      let part = rest.prefix { $0.part == first.part }
      rest = rest.dropFirst(part.count)
      before = before.replaced(by: part.count) + part
    }
    return before
  }

  /// Those that are left where a number of new records of the same input has come, if one of them
  /// has failed.
  func replaced(by count: Int) -> [EarlierRecords.Line] {
    guard contains(where: \.hasFailed) else { return self }
    let failed = filter(\.hasFailed)
    let others = filter { !$0.hasFailed }
    let rest = Swift.max(0, count - failed.count)
    return Array(failed.dropFirst(count)) + Array(others.dropFirst(rest))
  }
}

extension AppendingFile {
  /// Passes each whole line of the file to `body`, with its line break, until `body` returns false.
  mutating func eachLine(_ body: (Span<UInt8>) -> Bool) throws(SystemError) {
    var line: [UInt8] = []
    var wantsMore = true
    try readAll { part in
      for index in part.indices where wantsMore {
        line.append(part[index])
        guard part[index] == UInt8(ascii: "\n") else { continue }
        wantsMore = body(line.span)
        line.removeAll(keepingCapacity: true)
      }
    }
  }
}
