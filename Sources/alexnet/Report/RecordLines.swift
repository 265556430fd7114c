import Classification
import JSON
import Report
import System

/// The records in a file of JSON Lines, or in a JSON array that has one record on each line.
struct RecordLines {
  private enum Source {
    case file(RawPath, count: Int)
    case bytes([UInt8])
  }

  /// The name of the file in messages.
  private let name: RawPath
  private let source: Source
  /// Of these, a file that is being written may end within the last line.
  private let allowsUnfinishedLine: Bool

  /// The most bytes of a line: a record with all of a thousand classes takes about 120 KB.
  private static let lineLimit = 1 << 26
  /// The most bytes of what is no regular file, which is kept in memory.
  private static let streamLimit = 1 << 30

  /// - Parameters:
  ///   - path: a file, a FIFO, or `-` for standard input.
  ///   - limit: how many bytes of it count; nil for all.
  init(_ path: RawPath, limit: Int? = nil, stop: StopFlag) throws(SystemError) {
    name = path
    allowsUnfinishedLine = path.lowercasedExtension == "partial"
    if path == "-" {
      var bytes: [UInt8] = []
      let count = try ByteStream.standardInput(stop: stop)
        .readAll(into: &bytes, limit: Self.streamLimit)
      bytes.removeLast(bytes.count - count)
      source = .bytes(bytes)
    } else if try FileStatus(of: path).kind == .fifo {
      source = .bytes(try readFile(path, limit: Self.streamLimit, acceptsFIFO: true))
    } else {
      let size = try RandomAccessFile(opening: path).size
      source = .file(path, count: min(limit ?? size, size))
    }
  }

  /// Passes the records to `body` in their order.
  ///
  /// - Throws: what `body` throws, and what ends the command if a line is no record.
  func read(_ body: (Record, _ model: String?) throws -> Void) throws {
    var number = 0
    var line: [UInt8] = []
    func take() throws {
      number += 1
      defer { line.removeAll(keepingCapacity: true) }
      try self.take(line, number, body)
    }
    func add(_ bytes: Span<UInt8>) throws {
      for index in bytes.indices {
        if bytes[index] == UInt8(ascii: "\n") {
          try take()
        } else {
          guard line.count < Self.lineLimit else {
            throw refusal(number + 1, "it is longer than \(Self.lineLimit >> 20) MB")
          }
          line.append(bytes[index])
        }
      }
    }
    switch source {
    case .bytes(let bytes): try add(bytes.span)
    case .file(let path, let size):
      var buffer: [UInt8] = []
      var offset = 0
      while offset < size {
        let count: Int
        do throws(SystemError) {
          count = try RandomAccessFile(opening: path).read(
            at: offset, count: min(1 << 18, size - offset), into: &buffer)
        } catch {
          throw CommandFailure(.outputError, error.description)
        }
        if count == 0 { break }
        try add(buffer.span.extracting(0..<count))
        offset += count
      }
    }
    guard !line.isEmpty else { return }
    if allowsUnfinishedLine, (try? JSONValue.parse(line.span)) == nil { return }
    try take()
  }

  private func take(
    _ bytes: [UInt8], _ number: Int, _ body: (Record, _ model: String?) throws -> Void
  ) throws {
    // In an array, a comma stands behind each record but the last one.
    let space: Set<UInt8> = [0x20, 0x09, 0x0D]
    var line = bytes.drop(while: space.contains)
    while let last = line.last, space.contains(last) { line.removeLast() }
    if line.last == UInt8(ascii: ",") { line.removeLast() }
    if line.isEmpty || [Array("[".utf8), Array("]".utf8), Array("[]".utf8)].contains(Array(line)) {
      return
    }
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONValue.parse(Array(line).span)
    } catch {
      throw refusal(number, error.description)
    }
    guard let record = Record(json: json) else {
      throw refusal(number, "it is not what 'alexnet classify' writes")
    }
    try body(record, json["model"]?.string)
  }

  private func refusal(_ number: Int, _ reason: String) -> CommandFailure {
    CommandFailure(
      .badFile, "line \(number) of \(name.repaired) is no record: \(reason)",
      hint: "a report is made of what 'alexnet classify --jsonl' or '--json' writes")
  }
}
