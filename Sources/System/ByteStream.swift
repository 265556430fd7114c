#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard input, a FIFO or a file, read once from front to back. The first bytes can be looked at
/// before they are read.
///
/// One thread at a time uses it. It may be handed over to another.
// SAFETY: whoever hands it over does so through a lock, and does not use it any more.
@safe public final class ByteStream: @unchecked Sendable {
  /// `-` for standard input.
  public let path: RawPath
  /// In bytes, when it was opened; nil for what is no regular file.
  let size: Int?
  private let number: Int32
  private let isOwned: Bool
  /// Ends waiting when it is raised.
  private let stop: StopFlag
  private var buffer: [UInt8] = []
  /// The range of `buffer` that has been looked at but not read.
  private var unread = 0..<0
  /// How many bytes were read, without those that were only looked at.
  private(set) var position = 0

  private static let partLength = 1 << 16

  /// Standard input, which is not closed.
  ///
  /// - Throws: ``SystemError/notAFile(path:kind:)`` where it is a directory.
  public static func standardInput(stop: StopFlag) throws(SystemError) -> ByteStream {
    let status = try FileStatus(of: STDIN_FILENO, path: "-")
    if status.kind == .directory { throw .notAFile(path: "-", kind: .directory) }
    return ByteStream(STDIN_FILENO, isOwned: false, path: "-", status, stop: stop)
  }

  /// Opens a regular file or a FIFO.
  ///
  /// - Throws: ``SystemError/notAFile(path:kind:)`` for anything else.
  public convenience init(opening path: RawPath, stop: StopFlag) throws(SystemError) {
    // Before and after opening, for the reasons that `InputFile` gives.
    try Self.require(FileStatus(of: path), path)
    let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK, operation: "open")
    let status = try FileStatus(of: descriptor.number, path: path)
    try Self.require(status, path)
    self.init(descriptor.release(), isOwned: true, path: path, status, stop: stop)
  }

  private init(
    _ number: Int32, isOwned: Bool, path: RawPath, _ status: FileStatus, stop: StopFlag
  ) {
    self.number = number
    self.isOwned = isOwned
    self.path = path
    self.stop = stop
    size = status.kind == .regular ? status.size : nil
  }

  deinit {
    if isOwned { close(number) }
  }

  private static func require(_ status: FileStatus, _ path: RawPath) throws(SystemError) {
    guard status.kind == .regular || status.kind == .fifo else {
      throw .notAFile(path: path, kind: status.kind)
    }
  }

  /// The bytes that were looked at.
  var ahead: ArraySlice<UInt8> { buffer[unread] }

  /// Looks at more bytes; waits until there are some.
  ///
  /// - Returns: false at the end.
  func lookAhead() throws(SystemError) -> Bool {
    let end = unread.upperBound
    let missing = end + Self.partLength - buffer.count
    if missing > 0 { buffer.append(contentsOf: repeatElement(0, count: missing)) }
    let count = try readSome(
      number, into: &buffer, end..<(end + Self.partLength), path: path, stop: stop,
      deadline: Deadline(after: nil))
    unread = unread.lowerBound..<(end + count)
    return count > 0
  }

  /// Reads some bytes into a range of `target`; waits until there are some.
  ///
  /// - Returns: how many bytes were read; 0 at the end, or where the range is empty.
  func read(
    into target: inout [UInt8], _ range: Range<Int>, deadline: Deadline = Deadline(after: nil)
  ) throws(SystemError) -> Int {
    if range.isEmpty { return 0 }
    var count = min(unread.count, range.count)
    if count > 0 {
      let end = unread.lowerBound + count
      target.replaceSubrange(
        range.prefix(count), with: buffer[unread.lowerBound..<end])
      unread = end..<unread.upperBound
      if unread.isEmpty { (buffer, unread) = ([], 0..<0) }
    } else {
      count = try readSome(
        number, into: &target, range, path: path, stop: stop, deadline: deadline)
    }
    position += count
    return count
  }

  /// Reads everything into the beginning of `target`, which is enlarged if necessary.
  ///
  /// - Parameter isWanted: called with the first bytes. If it returns false, nothing more is read.
  /// - Returns: how many bytes were read.
  /// - Throws: ``SystemError/tooLarge(path:limit:)`` if there are more than `limit` bytes,
  ///   ``SystemError/stopped`` if the stop flag is raised while waiting, and
  ///   ``SystemError/timedOut`` if the deadline is over.
  public func readAll(
    into target: inout [UInt8], limit: Int, deadline: Deadline = Deadline(after: nil),
    isWanted: (Span<UInt8>) -> Bool = { _ in true }
  ) throws(SystemError) -> Int {
    try readToEnd(
      into: &target, expected: min(size ?? 0, limit), limit: limit, path: path, isWanted: isWanted
    ) { (target, range) throws(SystemError) in
      try read(into: &target, range, deadline: deadline)
    }
  }
}

extension ByteStream: Equatable {
  public static func == (first: ByteStream, second: ByteStream) -> Bool { first === second }
}
