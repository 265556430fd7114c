#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that one process at a time holds; the system lets go of it when the process ends, however
/// it ends.
public struct FileLock: ~Copyable {
  private let descriptor: Descriptor
  private let path: RawPath

  /// Waits for the lock, and makes its file where there is none.
  ///
  /// - Parameter onWait: called once when another process holds it.
  /// - Throws: ``SystemError/stopped`` when `stop` is raised while waiting.
  public init(
    _ path: RawPath, stop: StopFlag? = nil, onWait: () -> Void = {}
  ) throws(SystemError) {
    var hasToldSo = false
    while true {
      let opened = try Descriptor(
        opening: path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, operation: "create")
      if flock(opened.number, LOCK_EX | LOCK_NB) == 0 {
        // Its last holder may have removed the file meanwhile: then this lock is nobody's.
        let status = try FileStatus(of: opened.number, path: path)
        if let there = try? FileStatus(of: path, followingLinks: false),
          there.identity == status.identity
        {
          descriptor = opened
          self.path = path
          return
        }
        continue
      }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw .failed(operation: "lock", path: path, errno: errno)
      }
      if let stop, stop.isRaised { throw .stopped }
      if !hasToldSo { onWait() }
      hasToldSo = true
      usleep(100_000)
    }
  }

  deinit {
    // Removed while it is held, so that nobody can hold a file that is about to go.
    try? removeFile(path)
  }
}

/// Removes a file.
public func removeFile(_ path: RawPath) throws(SystemError) {
  // SAFETY: the text ends with a zero.
  try unsafe path.retrying("remove") { unsafe unlink($0) }
}

/// Gives a file another name, in the place of what had that name before.
public func renameFile(_ path: RawPath, to target: RawPath) throws(SystemError) {
  guard let text = target.zeroTerminated else {
    throw .failed(operation: "rename", path: target, errno: EINVAL)
  }
  // SAFETY: both texts end with a zero and outlive the call.
  try unsafe path.retrying("rename") { from in
    unsafe text.withUnsafeBufferPointer { to in
      unsafe rename(from, to.baseAddress.unsafelyUnwrapped)
    }
  }
}

/// Makes a folder and all folders above it that are missing.
public func makeFolder(_ path: RawPath) throws(SystemError) {
  do {
    // SAFETY: the text ends with a zero.
    try unsafe path.retrying("create") { unsafe mkdir($0, 0o755) }
  } catch {
    switch error.code {
    case EEXIST:
      guard let status = try? FileStatus(of: path), status.kind == .directory else { throw error }
    case ENOENT where path.parent != path && !path.parent.isEmpty:
      try makeFolder(path.parent)
      // SAFETY: the text ends with a zero.
      do {
        try unsafe path.retrying("create") { unsafe mkdir($0, 0o755) }
      } catch  where error.code == EEXIST {
        // Another process was faster.
      }
    default: throw error
    }
  }
}
