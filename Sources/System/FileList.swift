#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads a list of paths. Each path is available as soon as it has arrived.
///
/// The bytes of a path are not changed: nothing is trimmed or unquoted. Empty entries are skipped.
/// In a list of lines, a carriage return at the end of a line and a byte order mark at the
/// beginning of the list are left out, a zero byte ends the list with
/// ``SystemError/nullBytes(path:)``, and UTF-16 with ``SystemError/utf16Text(path:)``.
public final class FileList {
  public enum Next: Equatable {
    case path(RawPath)
    /// No complete path has arrived yet, and the caller did not want to wait.
    case notYet
    case failed(SystemError)
    case end
  }

  /// The most bytes of one path. No operating system accepts a path of this length.
  private static let longestEntry = 1 << 16

  private let name: RawPath
  /// Nil for standard input, which is not closed at the end.
  private let owned: OwnedDescriptor?
  private let separator: UInt8
  private let stop: StopFlag
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  /// The range of `buffer` that has been read but not yet returned.
  private var unread = 0..<0
  /// The position at which the search for the next separator continues.
  private var searched = 0
  private var isAtEnd = false
  private var isFirst = true

  /// - Parameters:
  ///   - path: a file or a FIFO; nil for standard input.
  ///   - stop: ends the list when it is raised, even while ``next(waiting:)`` waits.
  public init(
    _ path: RawPath?, separator: ListSeparator, stop: StopFlag
  ) throws(SystemError) {
    if let path {
      let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK, operation: "open")
      let status = try FileStatus(of: descriptor.number, path: path)
      if status.kind == .directory { throw .notAFile(path: path, kind: .directory) }
      owned = OwnedDescriptor(descriptor)
    } else {
      owned = nil
    }
    name = path ?? "-"
    self.separator = separator.rawValue
    self.stop = stop
  }

  /// The next path.
  ///
  /// - Parameter waiting: whether to wait for a path that has not arrived yet.
  public func next(waiting: Bool) -> Next {
    while !stop.isRaised {
      if var entry = takeEntry() {
        if separator == ListSeparator.newline.rawValue {
          if isFirst {
            if isUTF16(entry) { return fail(.utf16Text(path: name)) }
            if entry.starts(with: byteOrderMark) { entry = entry.dropFirst(byteOrderMark.count) }
          }
          if entry.last == UInt8(ascii: "\r") { entry.removeLast() }
        }
        isFirst = false
        if entry.contains(0) { return fail(.nullBytes(path: name)) }
        if !entry.isEmpty { return .path(RawPath(entry)) }
      } else if isAtEnd {
        return .end
      } else if !stop.waitForInput(owned?.number ?? STDIN_FILENO, milliseconds: waiting ? -1 : 0) {
        return stop.isRaised ? .end : .notYet
      } else if let error = readMore() {
        return fail(error)
      }
    }
    return .end
  }

  /// Takes the bytes up to the next separator from the buffer, or up to the end of the list once
  /// that has been read. The search also ends at a zero byte, because no path contains one.
  private func takeEntry() -> ArraySlice<UInt8>? {
    let end = buffer[searched..<unread.upperBound].firstIndex { $0 == separator || $0 == 0 }
    if let end {
      defer {
        unread = (end + 1)..<unread.upperBound
        searched = end + 1
      }
      return buffer[end] == separator
        ? buffer[unread.lowerBound..<end] : buffer[unread.lowerBound...end]
    }
    searched = unread.upperBound
    guard isAtEnd && !unread.isEmpty else { return nil }
    defer { unread = unread.upperBound..<unread.upperBound }
    return buffer[unread]
  }

  /// Ends the list with an error.
  private func fail(_ error: SystemError) -> Next {
    (isAtEnd, unread, searched) = (true, 0..<0, 0)
    return .failed(error)
  }

  private func readMore() -> SystemError? {
    if unread.lowerBound > 0 {
      buffer.replaceSubrange(..<unread.count, with: Array(buffer[unread]))
      searched -= unread.lowerBound
      unread = 0..<unread.count
    }
    if unread.count >= Self.longestEntry { return .tooLarge(path: name, limit: Self.longestEntry) }
    do {
      let room = unread.upperBound..<buffer.count
      let count = try readSome(
        owned?.number ?? STDIN_FILENO, into: &buffer, room, path: name)
      isAtEnd = count == 0
      unread = 0..<(unread.upperBound + count)
      return nil
    } catch {
      return error.code == EAGAIN ? nil : error
    }
  }
}

/// Holds a descriptor, so that ``FileList`` can have an optional one.
private final class OwnedDescriptor {
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  var number: Int32 { descriptor.number }
}
