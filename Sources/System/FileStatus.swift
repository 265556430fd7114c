#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The properties of a file that the system call `stat` returns.
public struct FileStatus: Sendable, Equatable {
  public let kind: FileKind
  /// In bytes. Only the size of regular files has a meaning.
  public let size: Int
  public let identity: FileIdentity
  /// How many names lead to the file, symbolic links not counted.
  public let linkCount: Int
  /// When the contents were last changed.
  public let modified: FileTime
  /// The permissions of owner, group and others: the lower nine bits of the mode.
  let permissions: mode_t

  /// The status of the file at `path`.
  ///
  /// - Parameter followingLinks: if it is false and `path` is a symbolic link, the status is that
  ///   of the link itself.
  public init(of path: RawPath, followingLinks: Bool = true) throws(SystemError) {
    var status = stat()
    // SAFETY: the text ends with a zero, and the status is filled in before the call returns 0.
    try unsafe path.retrying("read") { text in
      unsafe followingLinks ? stat(text, &status) : lstat(text, &status)
    }
    self.init(status)
  }

  /// The status of an open file.
  init(of descriptor: Int32, path: RawPath) throws(SystemError) {
    var status = stat()
    // SAFETY: the status is filled in where the call returns 0.
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .failed(operation: "read", path: path, errno: errno)
    }
    self.init(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      default: .other
      }
    size = Int(clamping: status.st_size)
    identity = FileIdentity(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      inode: UInt64(truncatingIfNeeded: status.st_ino))
    linkCount = Int(clamping: status.st_nlink)
    permissions = status.st_mode & 0o777
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = FileTime(
      seconds: Int64(time.tv_sec), nanoseconds: UInt32(truncatingIfNeeded: time.tv_nsec))
  }
}

/// Identifies a file: two paths have the same identity if and only if they lead to the same file.
public struct FileIdentity: Sendable, Hashable {
  let device: UInt64
  let inode: UInt64
}

/// A point of time as file systems store it.
public struct FileTime: Sendable, Hashable, Comparable {
  /// Since the beginning of 1970.
  public let seconds: Int64
  public let nanoseconds: UInt32

  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}
