#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An error of the operating system, or a file that is refused because of its kind or size.
public enum SystemError: Error, Equatable, CustomStringConvertible {
  /// A system call failed. `operation` is a verb such as "open"; `path` is nil for a stream.
  case failed(operation: String, path: RawPath?, errno: Int32)
  /// The path is not a regular file.
  case notAFile(path: RawPath, kind: FileKind)
  /// The file holds more than `limit` bytes.
  case tooLarge(path: RawPath, limit: Int)
  /// A list with one path on each line contains zero bytes.
  case nullBytes(path: RawPath)
  /// The file in the place of a lock is not empty: no ``FileLock`` made it.
  case notALock(path: RawPath)
  /// A list is UTF-16 text.
  case utf16Text(path: RawPath)
  /// A ``StopFlag`` was raised while waiting for input, or for the reader of output.
  case stopped
  /// A ``Deadline`` was over before everything was read.
  case timedOut

  /// The value of `errno`; nil if the error does not come from a system call.
  public var code: Int32? {
    if case .failed(_, _, let errno) = self { errno } else { nil }
  }

  /// The path that the error is about; nil if there is none.
  public var path: RawPath? {
    switch self {
    case .failed(_, let path, _): path
    case .notAFile(let path, _), .tooLarge(let path, _), .nullBytes(let path),
      .notALock(let path), .utf16Text(let path):
      path
    case .stopped, .timedOut: nil
    }
  }

  /// Whether there is no file at the path, or a folder in the path is not a folder.
  public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }

  public var isPermissionDenied: Bool { code == EACCES || code == EPERM }

  /// Whether writing failed, for example because the disk is full. Errors of opening or making a
  /// file do not count.
  public var isFromWriting: Bool {
    if case .failed("write", _, let errno) = self {
      return [ENOSPC, EIO, EDQUOT, EFBIG].contains(errno)
    }
    return false
  }

  /// Whether a disk is full, or the user's share of it.
  public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether a file would become larger than the process may write (`ulimit -f`).
  public var isFileSizeLimit: Bool { code == EFBIG }

  /// Whether there is a file already where a new one was to be made.
  public var isExistingFile: Bool { code == EEXIST }

  /// Whether the reader of a pipe or a socket has closed it.
  public var isBrokenPipe: Bool { code == EPIPE }

  /// Whether the file is there, and what it holds is refused.
  public var isAboutContents: Bool {
    switch self {
    case .tooLarge, .nullBytes, .utf16Text: true
    case .failed, .notAFile, .notALock, .stopped, .timedOut: false
    }
  }

  /// The message without the path, for records, which already contain the path.
  public var reason: String {
    switch self {
    case .failed(let operation, _, let errno):
      Self.reason(errno) ?? "cannot \(operation): \(Self.text(errno))"
    case .notAFile(_, let kind): "is \(kind.description), not a file"
    case .tooLarge(_, let limit): "is larger than the limit of \(limit) bytes"
    case .notALock: "is not empty, so it is no lock of this program, which makes one of this name"
    case .utf16Text:
      "is UTF-16 text; 'iconv -f UTF-16 -t UTF-8' makes text of it that can be read"
    case .nullBytes: "holds null bytes: a list whose names end with them is read with -0"
    case .stopped: "stopped before it was read"
    case .timedOut: "took too long to read"
    }
  }

  /// The reason as words that stand alone: "it is larger than ...", "permission denied".
  public var explanation: String {
    switch self {
    case .failed, .stopped, .timedOut: reason
    // These reasons begin with a verb.
    case .notAFile, .tooLarge, .notALock, .utf16Text, .nullBytes: "it \(reason)"
    }
  }

  public var description: String {
    switch self {
    case .failed(let operation, let path?, let errno):
      "cannot \(operation) \(path): \(Self.text(errno))"
    case .failed(let operation, nil, let errno):
      "cannot \(operation): \(Self.text(errno))"
    case .notAFile(let path, _), .tooLarge(let path, _), .nullBytes(let path),
      .notALock(let path), .utf16Text(let path):
      "\(path) \(reason)"
    case .stopped, .timedOut:
      reason
    }
  }

  /// A message for the most common errors that is clear without naming the operation.
  private static func reason(_ errno: Int32) -> String? {
    switch errno {
    case ENOENT: "no such file or directory"
    case EACCES, EPERM: "permission denied"
    default: nil
    }
  }

  private static func text(_ errno: Int32) -> String {
    // SAFETY: the text is constant for a known number. Otherwise it is in a buffer of this thread,
    // which is copied at once.
    unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
  }
}

/// The kind of a file.
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
