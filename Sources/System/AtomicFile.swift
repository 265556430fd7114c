#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that other programs see either complete or not at all. It is written to a temporary file
/// in the folder of its target. When it is complete and on the disk, it replaces the target.
///
/// A temporary file that is not committed is removed, even if a signal ends the process.
///
/// A file that may be written but not replaced is written in place: see ``inPlaceReason``.
public final class AtomicFile: OutputTarget {
  /// The path that the caller gave.
  private let path: RawPath
  /// The file to which links at `path` lead. It is replaced, and the links are kept.
  private let target: RawPath
  /// The temporary file; nil if the target itself is written.
  private let temporary: (path: RawPath, registration: TemporaryFiles.Registration)?
  /// The descriptor of the file that is written; -1 after `commit` or `abandon`.
  private var number: Int32
  /// Why the target is written in place, where it is incomplete until the end; nil if it is
  /// replaced. It keeps its old contents until the first bytes are written.
  public let inPlaceReason: String?
  /// Whether the target still has its old contents, which have to be removed.
  private var hasOldContents: Bool
  /// Whether the target must not exist at the end, either.
  private let isNew: Bool

  /// Starts a new file. It gets the permissions of the file that it replaces, or the usual ones if
  /// there is none.
  ///
  /// - Parameter isNew: whether it is an error (`EEXIST`) that there is a file, now or when this
  ///   one is complete.
  /// - Throws: ``SystemError`` if the target is a directory or write-protected, or if the temporary
  ///   file cannot be made.
  public init(_ path: RawPath, isNew: Bool = false) throws(SystemError) {
    self.path = path
    self.isNew = isNew
    // A name with a slash at its end is that of a folder, also of one that does not exist.
    guard path.bytes.last != UInt8(ascii: "/") else {
      throw .failed(operation: "write", path: path, errno: EISDIR)
    }
    target = try path.resolvingLinks()
    var permissions: mode_t?
    var obstacle: String?
    // If the status cannot be read, the file does not exist yet, or making the temporary file
    // beside it fails and reports the error.
    if let status = try? FileStatus(of: target) {
      if isNew { throw .failed(operation: "create", path: path, errno: EEXIST) }
      guard status.kind != .directory else {
        throw .failed(operation: "write", path: path, errno: EISDIR)
      }
      permissions = status.permissions
      // Renaming would replace even a write-protected file, but its owner wants to keep it.
      let target = target
      do {
        // SAFETY: the text ends with a zero.
        try unsafe target.retrying("write") { unsafe access($0, W_OK) }
      } catch {
        throw .failed(operation: "write", path: path, errno: error.code ?? EACCES)
      }
      obstacle = isMountPoint(target) ? "something is mounted on it" : nil
    }
    if obstacle == nil {
      do {
        let file = try createTemporaryFile(
          beside: target, for: path, isPrivate: permissions != nil)
        temporary = (file.path, TemporaryFiles.register(file.path))
        number = file.release()
        if let permissions { _ = fchmod(number, permissions) }
        inPlaceReason = nil
        hasOldContents = false
        return
      } catch {
        guard permissions != nil, [EACCES, EPERM, EROFS].contains(error.code) else { throw error }
        obstacle = "its folder cannot be written"
      }
    }
    let opened: Descriptor
    do {
      opened = try Descriptor(opening: target, O_WRONLY, operation: "write")
    } catch {
      throw .failed(operation: "write", path: path, errno: error.code ?? EACCES)
    }
    number = opened.release()
    temporary = nil
    inPlaceReason = obstacle
    hasOldContents = true
  }

  deinit {
    abandon()
  }

  public func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try removeOldContents()
    try writeAll(number, bytes, path: path)
  }

  private func removeOldContents() throws(SystemError) {
    guard hasOldContents else { return }
    hasOldContents = false
    guard ftruncate(number, 0) == 0 else {
      throw .failed(operation: "write", path: path, errno: errno)
    }
  }

  /// Writes `bytes` over what was written before, from `offset` on. What is written next still goes
  /// to the end.
  public func overwrite(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
    try removeOldContents()
    try writeAll(number, bytes, at: offset, path: path)
  }

  public func commit() throws(SystemError) {
    precondition(number >= 0, "already committed or abandoned")
    try removeOldContents()
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
    guard let temporary else { return }
    do throws(SystemError) {
      if isNew {
        try renameFile(temporary.path, toNew: target)
      } else {
        try renameFile(temporary.path, to: target)
      }
    } catch {
      remove()
      throw .failed(operation: "replace", path: path, errno: error.code ?? EIO)
    }
    TemporaryFiles.unregister(temporary.registration)
    synchronizeFolder(of: target)
  }

  public func abandon() {
    guard number >= 0 else { return }
    close(number)
    number = -1
    remove()
  }

  private func remove() {
    guard let temporary else { return }
    // If the temporary file cannot be removed, it stays. Nothing else can be done about it.
    // SAFETY: the text ends with a zero.
    _ = try? unsafe temporary.path.retrying("remove") { unsafe unlink($0) }
    TemporaryFiles.unregister(temporary.registration)
  }
}

extension RawPath {
  /// Follows symbolic links to the path that is to be replaced, which need not exist.
  public func resolvingLinks() throws(SystemError) -> RawPath {
    var current = self
    for _ in 0..<40 {
      // A path that does not exist, or that may not be examined, is not followed further.
      guard let link = try? current.contentsOfLink() else { return current }
      current = link.isAbsolute ? link : current.parent.appending(link.bytes)
    }
    throw .failed(operation: "write", path: self, errno: ELOOP)
  }

  /// What a symbolic link says; nil for other files.
  public func contentsOfLink() throws(SystemError) -> RawPath? {
    guard try FileStatus(of: self, followingLinks: false).kind == .other else { return nil }
    var buffer = [CChar](repeating: 0, count: 1 << 14)
    let room = buffer.count
    // SAFETY: at most `room` characters are written.
    let count = try unsafe retrying("read") { unsafe Int32(readlink($0, &buffer, room)) }
    return RawPath(buffer[..<Int(count)].map { UInt8(bitPattern: $0) })
  }
}

/// Writes the name of a file to the disk, too. The file itself is complete there, so that it is no
/// error if the file system cannot do this.
public func synchronizeFolder(of file: RawPath) {
  if let folder = try? Descriptor(opening: file.parent, O_RDONLY, operation: "open") {
    _ = fsync(folder.number)
  }
}
