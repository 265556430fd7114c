#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the operating system refused, or what we refuse on its behalf.
public enum SystemError: Error, Equatable, CustomStringConvertible {
  /// A system call failed: what was tried, on which path (or none), and `errno`.
  case failed(operation: String, path: RawPath?, errno: Int32)
  /// An image can only be read from a regular file.
  case notAFile(path: RawPath, kind: FileKind)
  /// The file holds more than `limit` bytes.
  case tooLarge(path: RawPath, limit: Int)
  /// A list of paths, one a line, holds null bytes.
  case nullBytes(path: RawPath)
  /// A ``StopFlag`` was raised while waiting.
  case stopped

  /// The error number behind it, where there is one.
  public var code: Int32? {
    if case .failed(_, _, let errno) = self { errno } else { nil }
  }

  /// The path that it is about, where there is one.
  public var path: RawPath? {
    switch self {
    case .failed(_, let path, _): path
    case .notAFile(let path, _), .tooLarge(let path, _), .nullBytes(let path): path
    case .stopped: nil
    }
  }

  /// Nothing is there, or what should be a directory on the way is a file.
  public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }

  public var isPermissionDenied: Bool { code == EACCES || code == EPERM }

  /// Writing itself failed, as it does on a full disk, and not opening or making a file.
  public var isFromWriting: Bool {
    if case .failed("write", _, let errno) = self {
      return [ENOSPC, EIO, EDQUOT, EFBIG].contains(errno)
    }
    return false
  }

  /// The reader of a pipe or a socket has gone.
  public var isBrokenPipe: Bool { code == EPIPE }

  /// What is wrong, without the path: for records, which name it already.
  public var reason: String {
    switch self {
    case .failed(let operation, _, let errno):
      Self.reason(errno) ?? "cannot \(operation): \(Self.text(errno))"
    case .notAFile(_, let kind): "is \(kind.description), not a file"
    case .tooLarge(_, let limit): "is larger than the limit of \(limit) bytes"
    case .nullBytes: "holds null bytes: a list whose names end with them is read with -0"
    case .stopped: "stopped before it was read"
    }
  }

  public var description: String {
    switch self {
    case .failed(let operation, let path?, let errno):
      "cannot \(operation) \(path): \(Self.text(errno))"
    case .failed(let operation, nil, let errno):
      "cannot \(operation): \(Self.text(errno))"
    case .notAFile(let path, _), .tooLarge(let path, _), .nullBytes(let path):
      "\(path) \(reason)"
    case .stopped:
      reason
    }
  }

  /// The commonest failures in words that need no context.
  private static func reason(_ errno: Int32) -> String? {
    switch errno {
    case ENOENT: "no such file or directory"
    case EACCES, EPERM: "permission denied"
    default: nil
    }
  }

  private static func text(_ errno: Int32) -> String {
    // SAFETY: for a known number the text is constant; else it is this thread's own buffer, and
    // copied at once.
    unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
  }
}

/// What stands behind a path.
public enum FileKind: Sendable, Equatable, CustomStringConvertible {
  case regular, directory, fifo, socket, characterDevice, blockDevice, other

  public var description: String {
    switch self {
    case .regular: "a file"
    case .directory: "a directory"
    case .fifo: "a FIFO"
    case .socket: "a socket"
    case .characterDevice, .blockDevice: "a device"
    case .other: "a special file"
    }
  }
}
