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
  ///   - isWanted: called with the first bytes of the file. If it returns false, nothing more is
  ///     read.
  /// - Returns: how many bytes were read.
  /// - Throws: ``SystemError/tooLarge(path:limit:)`` if the file has more than `limit` bytes,
  ///   ``SystemError/stopped`` if `stop` is raised while waiting.
  public func read(
    into buffer: inout [UInt8], limit: Int, stop: StopFlag? = nil,
    isWanted: (Span<UInt8>) -> Bool = { _ in true }
  ) throws(SystemError) -> Int {
    try readToEnd(
      descriptor.number, into: &buffer, expected: size ?? 0, limit: limit, path: path,
      stop: size == nil ? stop ?? StopFlag() : nil, isWanted: isWanted)
  }
}

/// The bytes of a regular file, or of a FIFO if the caller accepts one.
///
/// - Throws: what ``InputFile`` throws.
public func readFile(
  _ path: RawPath, limit: Int, acceptsFIFO: Bool = false
) throws(SystemError) -> [UInt8] {
  let file = try InputFile(opening: path, acceptsFIFO: acceptsFIFO)
  var bytes: [UInt8] = []
  let count = try file.read(into: &bytes, limit: limit)
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Reads standard input to its end into the beginning of `buffer`, which is enlarged if necessary.
///
/// - Parameter isWanted: called with the first bytes. If it returns false, nothing more is read.
/// - Returns: how many bytes were read.
/// - Throws: ``SystemError/tooLarge(path:limit:)`` if there are more than `limit` bytes,
///   ``SystemError/stopped`` if `stop` is raised while waiting, and
///   ``SystemError/notAFile(path:kind:)`` if standard input is a directory.
public func readStandardInput(
  into buffer: inout [UInt8], limit: Int, stop: StopFlag?,
  isWanted: (Span<UInt8>) -> Bool = { _ in true }
) throws(SystemError) -> Int {
  let path: RawPath = "-"
  let status = try FileStatus(of: STDIN_FILENO, path: path)
  if status.kind == .directory { throw .notAFile(path: path, kind: .directory) }
  let expected = status.kind == .regular ? status.size : 0
  return try readToEnd(
    STDIN_FILENO, into: &buffer, expected: min(expected, limit), limit: limit, path: path,
    stop: stop, isWanted: isWanted)
}

/// How many bytes are read before `isWanted` is called. They are enough to recognise a file type.
private let beginningLength = 1 << 12

private func readToEnd(
  _ descriptor: Int32, into buffer: inout [UInt8], expected: Int, limit: Int, path: RawPath,
  stop: StopFlag?, isWanted: (Span<UInt8>) -> Bool
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
    if let stop, !stop.waitForInput(descriptor) { throw .stopped }
    let end = min(buffer.count, most, isBeginning ? beginningLength : .max)
    let count: Int
    do {
      count = try readSome(descriptor, into: &buffer, filled..<end, path: path)
    } catch  where error.code == EAGAIN && stop != nil {
      continue
    }
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
