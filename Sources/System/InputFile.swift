#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file, or a FIFO if the caller accepts one, opened for reading as a whole.
///
/// Opening never blocks and has no effect on devices, because anything else is refused.
public struct InputFile: ~Copyable {
  private let descriptor: Descriptor
  private let path: RawPath
  /// The size in bytes when the file was opened. It may have changed since. Nil for a FIFO.
  public let size: Int?

  /// - Parameter acceptsFIFO: whether the path may be that of a FIFO, such as `/dev/stdin` or what
  ///   a shell makes of `<(command)`. Reading it waits for what another program writes.
  /// - Throws: ``SystemError/notAFile(path:kind:)`` for anything else.
  public init(opening path: RawPath, acceptsFIFO: Bool = false) throws(SystemError) {
    // The kind is checked before opening, because opening a device can have effects such as
    // rewinding a tape. It is checked again afterwards, because the path may lead to another file
    // by then.
    try Self.require(FileStatus(of: path), path, acceptsFIFO)
    let opened = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK, operation: "open")
    let status = try FileStatus(of: opened.number, path: path)
    try Self.require(status, path, acceptsFIFO)
    descriptor = opened
    self.path = path
    size = status.kind == .regular ? status.size : nil
  }

  private static func require(
    _ status: FileStatus, _ path: RawPath, _ acceptsFIFO: Bool
  ) throws(SystemError) {
    if status.kind == .regular || acceptsFIFO && status.kind == .fifo { return }
    throw .notAFile(path: path, kind: status.kind)
  }

  /// Writes the whole file to an open one.
  func copy(to target: Int32, for targetPath: RawPath) throws(SystemError) {
    var part = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = try readSome(descriptor.number, into: &part, 0..<part.count, path: path)
      guard count > 0 else { return }
      try writeAll(target, part.span.extracting(0..<count), path: targetPath)
    }
  }

  /// Asks the system to read the file from the disk in the background.
  public func readAhead() {
    #if os(Linux)
      if size == nil { return }
      _ = posix_fadvise(descriptor.number, 0, 0, POSIX_FADV_WILLNEED)
    #endif
  }

  /// Reads the whole file into the beginning of `buffer`, which is enlarged if necessary.
  ///
  /// - Parameters:
  ///   - stop: ends waiting for a FIFO when it is raised.
  ///   - deadline: ends reading when it is over.
  ///   - isWanted: called with the first bytes of the file. If it returns false, nothing more is
  ///     read.
  /// - Returns: how many bytes were read.
  /// - Throws: ``SystemError/tooLarge(path:limit:)`` if the file has more than `limit` bytes,
  ///   ``SystemError/stopped`` if `stop` is raised while waiting, and ``SystemError/timedOut`` if
  ///   the deadline is over.
  public func read(
    into buffer: inout [UInt8], limit: Int, stop: StopFlag? = nil,
    deadline: Deadline = Deadline(after: nil), isWanted: (Span<UInt8>) -> Bool = { _ in true }
  ) throws(SystemError) -> Int {
    let stop = size == nil ? stop ?? StopFlag() : nil
    return try readToEnd(
      into: &buffer, expected: size ?? 0, limit: limit, path: path, isWanted: isWanted
    ) { (buffer, range) throws(SystemError) in
      try readSome(
        descriptor.number, into: &buffer, range, path: path, stop: stop, deadline: deadline)
    }
  }
}

/// The bytes of a regular file, or of a FIFO if the caller accepts one. A signal ends the process
/// while this waits for a FIFO.
///
/// - Throws: what ``InputFile`` throws.
public func readFile(
  _ path: RawPath, limit: Int, acceptsFIFO: Bool = false
) throws(SystemError) -> [UInt8] {
  let file = try InputFile(opening: path, acceptsFIFO: acceptsFIFO)
  var bytes: [UInt8] = []
  let flag = Signals.flag
  let count: Int
  do {
    count = try file.read(into: &bytes, limit: limit, stop: flag)
  } catch {
    if error == .stopped, let signal = flag?.signal { Signals.end(by: signal) }
    throw error
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// How many bytes are read before `isWanted` is called. They are enough to recognise a file type.
private let beginningLength = 1 << 12

/// Reads everything to the front of `buffer`, which grows as needed.
///
/// - Parameters:
///   - expected: how many bytes there probably are; 0 where that is not known.
///   - read: reads some bytes into a range of the buffer, and returns how many; 0 at the end.
func readToEnd(
  into buffer: inout [UInt8], expected: Int, limit: Int, path: RawPath,
  isWanted: (Span<UInt8>) -> Bool,
  read: (inout [UInt8], Range<Int>) throws(SystemError) -> Int
) throws(SystemError) -> Int {
  // Reading one byte more than the limit shows whether the file is larger than the limit.
  let most = min(max(limit, 0), Int.max - 1) + 1
  var filled = 0
  var isBeginning = true
  while true {
    if filled == buffer.count {
      let wanted = isBeginning ? beginningLength : max(expected + 1, buffer.count * 2, 1 << 16)
      buffer.append(contentsOf: repeatElement(0, count: min(wanted, most) - buffer.count))
    }
    let end = min(buffer.count, most, isBeginning ? beginningLength : .max)
    let count = try read(&buffer, filled..<end)
    filled += count
    if isBeginning && (count == 0 || filled == end) {
      guard isWanted(buffer.span.extracting(0..<filled)) else { return filled }
      if expected > limit { throw .tooLarge(path: path, limit: limit) }
      isBeginning = false
    }
    if count == 0 { return filled }
    if filled > limit { throw .tooLarge(path: path, limit: limit) }
  }
}

/// The most bytes that are read at once where time is limited.
private let partLength = 8 << 20

/// Reads some bytes into a range of `buffer`; waits for them where there are none yet.
///
/// - Parameter stop: ends waiting when it is raised; nil for a file, which nobody waits for.
/// - Returns: how many bytes were read; 0 at the end.
/// - Throws: ``SystemError/stopped`` and ``SystemError/timedOut`` as well.
func readSome(
  _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, path: RawPath,
  stop: StopFlag?, deadline: Deadline
) throws(SystemError) -> Int {
  let part = range.lowerBound..<min(range.upperBound, range.lowerBound + partLength)
  while true {
    if let stop, !stop.waitForInput(descriptor, milliseconds: deadline.milliseconds) {
      throw stop.isRaised ? .stopped : .timedOut
    }
    if deadline.isOver { throw .timedOut }
    do {
      return try readSome(descriptor, into: &buffer, part, path: path)
    } catch  where error.code == EAGAIN && stop != nil {
      continue
    }
  }
}
