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
        // The last holder may have removed the file, and a lock on a removed file excludes no one.
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
    // Removed while it is held, so that nobody can hold a file that is about to go. A file that
    // stays is no harm: the next one who wants the lock takes it.
    try? removeFile(path)
  }
}
