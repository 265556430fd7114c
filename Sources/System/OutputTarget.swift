#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where results go.
public protocol OutputTarget: AnyObject {
  /// Writes all of `bytes` before it returns.
  func write(_ bytes: Span<UInt8>) throws(SystemError)
  /// Makes what was written final.
  func commit() throws(SystemError)
  /// Leaves things as they were before, as far as the target allows.
  func abandon()
  /// Whether what is written appears on a terminal at once.
  var isTerminal: Bool { get }
}

extension OutputTarget {
  public var isTerminal: Bool { false }

  public func write(_ text: String) throws(SystemError) {
    try write(Array(text.utf8).span)
  }
}

/// The target that `path` asks for: a file that is replaced whole, or, where the path leads to a
/// device, a FIFO or a descriptor of this process (`/dev/stdout`), that thing itself.
public func openOutput(_ path: RawPath) throws(SystemError) -> any OutputTarget {
  if let number = standardDescriptor(path) {
    let copy = dup(number)
    guard copy >= 0 else { throw .failed(operation: "open", path: path, errno: errno) }
    return DirectOutput(Descriptor(owning: copy), path: path)
  }
  switch try? FileStatus(of: path).kind {
  case .directory:
    throw .failed(operation: "write", path: path, errno: EISDIR)
  case nil, .regular:
    return try AtomicFile(path)
  default:
    return DirectOutput(try Descriptor(opening: path, O_WRONLY, operation: "open"), path: path)
  }
}

/// Whether ``openOutput(_:)`` takes `path` for the standard output.
public func isStandardOutput(_ path: RawPath) -> Bool {
  standardDescriptor(path) == STDOUT_FILENO
}

/// Standard output, or another stream that is written as it goes.
public final class DirectOutput: OutputTarget, Sendable {
  private let number: Int32
  /// What messages call the stream.
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

/// The descriptor that a path such as `/dev/stdout` or `/dev/fd/3` names. Opening such a path would
/// start at the file's beginning again, and replacing it would miss what the descriptor leads to.
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
