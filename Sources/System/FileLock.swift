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

  /// Waits for the lock. Its file is made if it does not exist. It is empty, and is removed with
  /// the lock.
  ///
  /// - Parameter onWait: called once if another process holds the lock.
  /// - Throws: ``SystemError/stopped`` if `stop` is raised while waiting; ``SystemError`` if the
  ///   file cannot be opened or locked, or if it is not empty: then it is no lock.
  public init(
    _ path: RawPath, stop: StopFlag? = nil, onWait: () -> Void = {}
  ) throws(SystemError) {
    var hasToldSo = false
    while true {
      let opened = try Descriptor(
        opening: path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, operation: "create")
      if flock(opened.number, LOCK_EX | LOCK_NB) == 0 {
        // The last holder may have removed the file after it was opened here. A lock on a removed
        // file excludes nobody, so the next round opens or makes the file anew.
        let status = try FileStatus(of: opened.number, path: path)
        if let there = try? FileStatus(of: path, followingLinks: false),
          there.identity == status.identity
        {
          guard status.kind == .regular, status.size == 0 else { throw .notALock(path: path) }
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

  /// Takes the lock if no other process holds it. Its file is made if it does not exist.
  ///
  /// - Returns: nil if another process holds the lock.
  /// - Throws: ``SystemError`` if the file cannot be opened or locked, or if it is not empty.
  public static func withoutWaiting(_ path: RawPath) throws(SystemError) -> FileLock? {
    let stop = StopFlag()
    stop.raise()
    do {
      return try FileLock(path, stop: stop)
    } catch .stopped {
      return nil
    } catch {
      throw error
    }
  }

  deinit {
    // The file is removed before the lock is released, so that no other process can lock a file
    // that is removed afterwards. A file that cannot be removed does no harm: the next process that
    // wants the lock uses it.
    try? removeFile(path)
  }
}
