#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a file gets another place.
public enum FilePlacement: String, Sendable, CaseIterable {
  /// A copy with the same contents, permissions and time of change.
  case copy
  /// The file itself, which leaves its old place. Of a symbolic link, the link is moved, and not
  /// what it leads to.
  case move
  /// A symbolic link to the file.
  case link

  /// Gives a file a place. What is at `target` already is never replaced, and a file that is
  /// incomplete never has this name.
  ///
  /// - Parameters:
  ///   - source: an absolute path, unless a copy is made.
  ///   - target: a path in a folder that exists.
  ///   - link: what a moved symbolic link says in its new place; nil for what it says now.
  /// - Returns: false if there is something at `target` already.
  public func place(
    _ source: RawPath, at target: RawPath, asLinkTo link: RawPath? = nil
  ) throws(SystemError) -> Bool {
    do throws(SystemError) {
      switch self {
      case .link: try Self.makeLink(to: source, at: target)
      case .copy: try Self.copy(source, to: target)
      case .move: try Self.move(source, to: target, link)
      }
      return true
    } catch {
      // Also where only another process has just made it.
      if error.code == EEXIST { return false }
      throw error
    }
  }

  /// Moves a file, also to another file system, where it is copied, and removed when the copy is on
  /// the disk.
  private static func move(
    _ source: RawPath, to target: RawPath, _ link: RawPath?
  ) throws(SystemError) {
    if let link {
      try makeLink(to: link, at: target)
      return try removeFile(source, movedTo: target)
    }
    do throws(SystemError) {
      try renameFile(source, toNew: target)
    } catch {
      guard error.code == EXDEV else { throw error }
      if let link = try source.contentsOfLink() {
        try makeLink(to: link, at: target)
      } else {
        try copy(source, to: target)
      }
      try removeFile(source, movedTo: target)
    }
  }

  private static func makeLink(
    to path: RawPath, at target: RawPath
  ) throws(SystemError) {
    try unsafe path.withBoth(target, "link") { unsafe symlink($0, $1) }
  }

  private static func copy(_ source: RawPath, to target: RawPath) throws(SystemError) {
    let file = try InputFile(opening: source)
    let status = try FileStatus(of: source)
    let temporary = try createTemporaryFile(beside: target, for: target, isPrivate: true)
    let path = temporary.path
    let registration = TemporaryFiles.register(path)
    defer { TemporaryFiles.unregister(registration) }
    do throws(SystemError) {
      try file.copy(to: temporary.descriptor.number, for: target)
      _ = fchmod(temporary.descriptor.number, status.permissions)
      keepTime(of: source, for: temporary.descriptor.number)
      guard fsync(temporary.descriptor.number) == 0 else {
        throw .failed(operation: "write", path: target, errno: errno)
      }
      try renameFile(path, toNew: target)
    } catch {
      try? removeFile(path)
      throw error
    }
  }

  /// Gives an open file the time of the last change of another. A file that keeps its new time is
  /// complete all the same.
  private static func keepTime(of source: RawPath, for descriptor: Int32) {
    var status = stat()
    guard
      // SAFETY: the text ends with a zero, and the status is filled in where the call returns 0.
      (try? unsafe source.retrying("read") { unsafe stat($0, &status) }) != nil
    else { return }
    #if canImport(Darwin)
      var times = [status.st_atimespec, status.st_mtimespec]
    #else
      var times = [status.st_atim, status.st_mtim]
    #endif
    // SAFETY: the call reads two times, which is what the array has.
    _ = unsafe futimens(descriptor, &times)
  }
}
