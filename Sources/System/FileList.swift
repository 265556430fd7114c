#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The paths of a list, one after another, as they come in.
///
/// Bytes are taken as they are: nothing is trimmed or unquoted, and a carriage return belongs to
/// the path. Empty entries are passed over; a null byte where lines are expected ends the list with
/// ``SystemError/nullBytes(path:)``.
public final class FileList {
  public enum Next: Equatable {
    case path(RawPath)
    /// Nothing is there yet, and waiting was not asked for.
    case notYet
    case failed(SystemError)
    case end
  }

  /// The most bytes of one path: more than any operating system accepts.
  private static let longestEntry = 1 << 16

  private let name: RawPath
  /// Nil for standard input, which is not ours to close.
  private let owned: OwnedDescriptor?
  private let separator: UInt8
  private let stop: StopFlag
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  /// What was read and not yet handed out.
  private var unread = 0..<0
  /// Where the search for a separator goes on.
  private var searched = 0
  private var isAtEnd = false

  /// - Parameters:
  ///   - path: a file or a FIFO; nil for standard input.
  ///   - stop: ends the list when raised, also while it waits.
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
  /// - Parameter waiting: whether to wait for one that has not arrived yet.
  public func next(waiting: Bool) -> Next {
    while true {
      if let entry = takeEntry() {
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
  }

  /// The bytes up to the next separator, or up to the end once that is known. A null byte ends the
  /// search: it is in no path.
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

  /// The list ends here.
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

/// A descriptor that a class can hold optionally.
private final class OwnedDescriptor {
  private let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  var number: Int32 { descriptor.number }
}
