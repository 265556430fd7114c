#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file, closed when it goes out of scope.
struct Descriptor: ~Copyable {
  let number: Int32

  /// Takes ownership of `number`, which is closed when this value goes out of scope.
  init(owning number: Int32) {
    self.number = number
  }

  /// Opens `path`. Child processes do not inherit the descriptor, and a terminal that is opened
  /// does not become the controlling terminal.
  ///
  /// - Parameter operation: what an error message says was tried, such as "open".
  init(
    opening path: RawPath, _ flags: Int32, mode: mode_t = 0, operation: String
  ) throws(SystemError) {
    // SAFETY: the text ends with a zero and outlives the call.
    number = try unsafe path.retrying(operation) { text in
      unsafe open(text, flags | O_CLOEXEC | O_NOCTTY, mode)
    }
  }

  deinit {
    close(number)
  }

  /// Returns the number and passes its ownership to the caller, without closing it.
  consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }
}

extension RawPath {
  /// Makes a system call with this path, and repeats it if a signal interrupts it.
  ///
  /// - Throws: ``SystemError/failed(operation:path:errno:)`` if the call returns -1, or if the path
  ///   contains a zero byte.
  @discardableResult
  func retrying(
    _ operation: String, _ call: (UnsafePointer<CChar>) -> Int32
  ) throws(SystemError) -> Int32 {
    guard let text = zeroTerminated else {
      throw .failed(operation: operation, path: self, errno: EINVAL)
    }
    while true {
      // SAFETY: the array outlives the call and ends with a zero.
      let (result, code) = unsafe text.withUnsafeBufferPointer { buffer in
        // SAFETY: the array holds at least the final zero, so that it has a base address.
        let result = unsafe call(buffer.baseAddress.unsafelyUnwrapped)
        return (result, errno)
      }
      if result != -1 { return result }
      if code != EINTR { throw .failed(operation: operation, path: self, errno: code) }
    }
  }

  /// The bytes as a C string; nil if they contain a zero byte.
  var zeroTerminated: [CChar]? {
    bytes.contains(0) ? nil : bytes.map { CChar(bitPattern: $0) } + [0]
  }
}

/// Reads at most `range.count` bytes into that range of `buffer`.
///
/// - Returns: how many bytes were read; 0 at the end of the file.
func readSome(
  _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, path: RawPath?
) throws(SystemError) -> Int {
  precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
  while true {
    // SAFETY: the range lies inside the buffer.
    let (count, code) = unsafe buffer.withUnsafeMutableBytes {
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: $0[range])
      let count = unsafe read(descriptor, part.baseAddress, part.count)
      return (count, errno)
    }
    if count >= 0 { return count }
    if code != EINTR { throw .failed(operation: "read", path: path, errno: code) }
  }
}

/// Writes all of `bytes`, with several system calls if necessary.
///
/// Where nobody reads a full pipe, and a signal asks this process to end, it throws
/// ``SystemError/stopped``: what was written may then end within a line.
///
/// - Parameter offset: where in the file to write; the file's current position then does not move.
///   Nil writes at the current position and moves it.
func writeAll(
  _ descriptor: Int32, _ bytes: Span<UInt8>, at offset: Int? = nil, path: RawPath?
) throws(SystemError) {
  let mayBlock = offset == nil && mayBlock(descriptor)
  var written = 0
  while written < bytes.count {
    if mayBlock, let stop = Signals.flag, !stop.waitForRoom(descriptor) {
      throw .stopped
    }
    // A pipe that has room for something has room for this much, if no other process fills it.
    let part = mayBlock ? min(Int(PIPE_BUF), bytes.count - written) : bytes.count - written
    // SAFETY: the part lies inside the span.
    let (count, code) = unsafe bytes.withUnsafeBytes {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: $0[written..<written + part])
      let count =
        if let offset {
          unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
        } else {
          unsafe write(descriptor, rest.baseAddress, rest.count)
        }
      return (count, errno)
    }
    if count >= 0 {
      written += count
    } else if code == EAGAIN {
      // Another process made the pipe non-blocking, and it is full: wait until it accepts more.
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      // SAFETY: `poll` reads and writes one entry, which is what `entry` is.
      _ = unsafe poll(&entry, 1, -1)
    } else if code != EINTR {
      throw .failed(operation: "write", path: path, errno: code)
    }
  }
}

/// Whether a write may wait for a reader: to a pipe, a socket or a terminal.
private func mayBlock(_ descriptor: Int32) -> Bool {
  var status = stat()
  // SAFETY: `fstat` fills the structure.
  guard unsafe fstat(descriptor, &status) == 0 else { return false }
  return [S_IFIFO, S_IFSOCK, S_IFCHR].contains(status.st_mode & S_IFMT)
}
