#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A destination of results.
public protocol OutputTarget: AnyObject {
  /// Writes all of `bytes` before it returns.
  func write(_ bytes: Span<UInt8>) throws(SystemError)
  /// Completes the output. After this call, a file has its new contents.
  func commit() throws(SystemError)
  /// Discards what was written, if the target allows that: a file keeps its old contents.
  func abandon()
  /// Whether the target is a terminal.
  var isTerminal: Bool { get }
  /// Why a file is written in place instead of being replaced when it is complete; nil for a file
  /// that is replaced, and for targets that are never replaced, such as pipes.
  var inPlaceReason: String? { get }
}

extension OutputTarget {
  public var isTerminal: Bool { false }
  public var inPlaceReason: String? { nil }

  public func write(_ text: String) throws(SystemError) {
    try write(Array(text.utf8).span)
  }
}

/// Opens `path` for output. A regular file is replaced when the output is complete, or written in
/// place if it cannot be replaced. A device, a
/// FIFO or a descriptor of this process, such as `/dev/stdout`, is written directly.
public func openOutput(_ path: RawPath) throws(SystemError) -> any OutputTarget {
  if let number = standardDescriptor(path) {
    let copy = dup(number)
    guard copy >= 0 else { throw .failed(operation: "open", path: path, errno: errno) }
    return DirectOutput(Descriptor(owning: copy), path: path)
  }
  // If the status cannot be read, the file does not exist yet, or `AtomicFile` reports the error.
  switch try? FileStatus(of: path).kind {
  case .directory:
    throw .failed(operation: "write", path: path, errno: EISDIR)
  case nil, .regular:
    return try AtomicFile(path)
  case .fifo:
    return DirectOutput(try openFIFO(path), path: path)
  default:
    return DirectOutput(try Descriptor(opening: path, O_WRONLY, operation: "open"), path: path)
  }
}

/// Opens a FIFO for writing as soon as it has a reader.
///
/// - Throws: ``SystemError/stopped`` if a signal asks this process to end meanwhile.
private func openFIFO(_ path: RawPath) throws(SystemError) -> Descriptor {
  while true {
    do throws(SystemError) {
      let fifo = try Descriptor(opening: path, O_WRONLY | O_NONBLOCK, operation: "open")
      // Where the reader is slow, a write waits.
      _ = fcntl(fifo.number, F_SETFL, fcntl(fifo.number, F_GETFL) & ~O_NONBLOCK)
      return fifo
    } catch {
      guard error.code == ENXIO else { throw error }
    }
    if Signals.received != nil { throw .stopped }
    usleep(20_000)
  }
}

/// Whether ``openOutput(_:)`` writes to standard output for this path.
public func isStandardOutput(_ path: RawPath) -> Bool {
  standardDescriptor(path) == STDOUT_FILENO
}

/// Standard output, or another stream that is written directly.
public final class DirectOutput: OutputTarget, Sendable {
  private let number: Int32
  /// The name of the stream in error messages.
  private let path: RawPath
  private let isOwned: Bool
  public let isTerminal: Bool

  /// A standard stream of this process.
  public init(_ stream: Terminal = .output) {
    number = stream.number
    path = stream == .output ? "standard output" : "standard error"
    isOwned = false
    isTerminal = stream.isTerminal
  }

  init(_ descriptor: consuming Descriptor, path: RawPath) {
    number = descriptor.release()
    self.path = path
    isOwned = true
    isTerminal = isatty(number) == 1
  }

  deinit {
    if isOwned { close(number) }
  }

  public func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try writeAll(number, bytes, path: path)
  }

  public func commit() {}
  public func abandon() {}
}

/// The descriptor of this process that a path such as `/dev/stdout` or `/dev/fd/3` names; nil for
/// other paths. Such a path must not be opened, because if the descriptor is a file, writing would
/// start again at its beginning. It cannot be replaced either.
private func standardDescriptor(_ path: RawPath) -> Int32? {
  switch path {
  case "/dev/stdout": return STDOUT_FILENO
  case "/dev/stderr": return STDERR_FILENO
  default: break
  }
  for folder in ["/dev/fd", "/proc/self/fd"] where path.parent == RawPath(folder) {
    return Int32(String(decoding: path.lastComponent, as: UTF8.self))
  }
  return nil
}
