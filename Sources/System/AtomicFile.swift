#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears whole or not at all: it is written beside its target and takes its place
/// when it is complete and on the disk.
///
/// What is not committed is removed, also when a signal ends the process.
public final class AtomicFile: OutputTarget {
  /// What the caller named.
  private let path: RawPath
  /// Where links from `path` lead, so that a link stays one.
  private let target: RawPath
  private let temporary: RawPath
  private let registration: TemporaryFiles.Registration
  /// -1 once committed or abandoned.
  private var number: Int32

  /// A new file with the permissions of the one it replaces, or those that the umask leaves.
  ///
  /// - Throws: when the target is a directory, cannot be replaced, or is write-protected.
  public init(_ path: RawPath) throws(SystemError) {
    self.path = path
    target = try Self.resolve(path)
    var permissions: mode_t?
    if let status = try? FileStatus(of: target) {
      guard status.kind != .directory else {
        throw .failed(operation: "write", path: path, errno: EISDIR)
      }
      permissions = status.permissions
      // Renaming could replace a write-protected file, but its protection says that it should stay.
      let target = target
      do {
        // SAFETY: the text ends with a zero.
        try unsafe target.retrying("write") { unsafe access($0, W_OK) }
      } catch {
        throw .failed(operation: "write", path: path, errno: error.code ?? EACCES)
      }
    }
    let file = try createTemporaryFile(beside: target, for: path)
    temporary = file.path
    number = file.release()
    registration = TemporaryFiles.register(temporary)
    if let permissions { _ = fchmod(number, permissions) }
  }

  deinit {
    abandon()
  }

  public func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try writeAll(number, bytes, path: path)
  }

  /// Writes `bytes` over what was written before, from `offset` on. What is written next still goes
  /// to the end.
  public func overwrite(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
    try writeAll(number, bytes, at: offset, path: path)
  }

  public func commit() throws(SystemError) {
    precondition(number >= 0, "already committed or abandoned")
    guard fsync(number) == 0 else {
      let code = errno
      abandon()
      throw .failed(operation: "write", path: path, errno: code)
    }
    // Some network file systems report a full disk only here.
    let code = close(number) == 0 ? 0 : errno
    number = -1
    guard code == 0 || code == EINTR else {
      remove()
      throw .failed(operation: "write", path: path, errno: code)
    }
    do {
      let target = target
      guard let targetText = target.zeroTerminated else { return }
      // SAFETY: both texts end with a zero.
      try unsafe temporary.retrying("replace") { unsafe rename($0, targetText) }
    } catch {
      remove()
      throw .failed(operation: "replace", path: path, errno: error.code ?? EIO)
    }
    TemporaryFiles.unregister(registration)
    // Asks the system to write the new name to the disk, too. The file itself is complete, so a
    // file system that cannot do this is no failure.
    if let folder = try? Descriptor(opening: target.parent, O_RDONLY, operation: "open") {
      _ = fsync(folder.number)
    }
  }

  public func abandon() {
    guard number >= 0 else { return }
    close(number)
    number = -1
    remove()
  }

  private func remove() {
    // A temporary file that cannot be removed is left behind; there is nothing else to do about it.
    // SAFETY: the text ends with a zero.
    _ = try? unsafe temporary.retrying("remove") { unsafe unlink($0) }
    TemporaryFiles.unregister(registration)
  }

  /// Follows links, dangling ones too, to the name that is to be replaced.
  private static func resolve(_ path: RawPath) throws(SystemError) -> RawPath {
    var current = path
    for _ in 0..<40 {
      guard let status = try? FileStatus(of: current, followingLinks: false),
        status.kind == .other
      else { return current }
      var buffer = [CChar](repeating: 0, count: 1 << 14)
      let room = buffer.count
      // SAFETY: at most `room` characters are written.
      let count = try unsafe current.retrying("read") {
        unsafe Int32(readlink($0, &buffer, room))
      }
      let link = RawPath(buffer[..<Int(count)].map { UInt8(bitPattern: $0) })
      current = link.bytes.first == UInt8(ascii: "/") ? link : current.parent.appending(link.bytes)
    }
    throw .failed(operation: "write", path: path, errno: ELOOP)
  }
}
