#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Removes a file.
public func removeFile(_ path: RawPath) throws(SystemError) {
  // SAFETY: the text ends with a zero.
  try unsafe path.retrying("remove") { unsafe unlink($0) }
}

/// Removes a folder that is empty.
public func removeEmptyFolder(_ path: RawPath) throws(SystemError) {
  // SAFETY: the text ends with a zero.
  try unsafe path.retrying("remove") { unsafe rmdir($0) }
}

/// Removes a file that has its new place. If that cannot be done, it stays where it is, and what is
/// in the new place goes.
func removeFile(_ path: RawPath, movedTo target: RawPath) throws(SystemError) {
  do throws(SystemError) {
    try removeFile(path)
  } catch {
    try? removeFile(target)
    throw error
  }
}

/// Renames a file. A file that already has the new name is replaced.
public func renameFile(_ path: RawPath, to target: RawPath) throws(SystemError) {
  try unsafe path.withBoth(target, "rename") { unsafe rename($0, $1) }
}

/// Renames a file, unless there is something under the new name already (`EEXIST`).
func renameFile(_ path: RawPath, toNew target: RawPath) throws(SystemError) {
  do throws(SystemError) {
    // A rename would replace what another process has just put there.
    try unsafe path.withBoth(target, "move") { unsafe link($0, $1) }
  } catch {
    // Some file systems have no hard links: an empty file of our own keeps the name meanwhile.
    guard [EPERM, ENOTSUP, EOPNOTSUPP, EMLINK, ENOSYS].contains(error.code ?? 0) else {
      throw error
    }
    _ = try Descriptor(
      opening: target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, operation: "create")
    do throws(SystemError) {
      try renameFile(path, to: target)
    } catch {
      try? removeFile(target)
      throw error
    }
    return
  }
  try removeFile(path, movedTo: target)
}

extension RawPath {
  /// Makes a system call with two paths.
  func withBoth(
    _ other: RawPath, _ operation: String,
    _ call: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
  ) throws(SystemError) {
    guard let text = other.zeroTerminated else {
      throw .failed(operation: operation, path: other, errno: EINVAL)
    }
    // SAFETY: both texts end with a zero and outlive the call.
    try unsafe retrying(operation) { first in
      unsafe text.withUnsafeBufferPointer { second in
        unsafe call(first, second.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}

/// Makes a folder, and the missing folders above it. A folder that exists already is no error.
public func makeFolder(_ path: RawPath) throws(SystemError) {
  do {
    // SAFETY: the text ends with a zero.
    try unsafe path.retrying("create") { unsafe mkdir($0, 0o755) }
  } catch {
    switch error.code {
    case EEXIST:
      // If what exists cannot be examined, the error that says that it exists is thrown.
      guard let status = try? FileStatus(of: path), status.kind == .directory else { throw error }
    case ENOENT where path.parent != path && !path.parent.isEmpty:
      try makeFolder(path.parent)
      // SAFETY: the text ends with a zero.
      do {
        try unsafe path.retrying("create") { unsafe mkdir($0, 0o755) }
      } catch  where error.code == EEXIST {
        // Another process has just made the folder.
      }
    default: throw error
    }
  }
}

/// Checks whether ``makeFolder(_:)`` could make a folder, without making it: what exists of the
/// path must be folders, and the last one must be writable.
public func checkFolder(_ path: RawPath) throws(SystemError) {
  var existing = path
  while (try? FileStatus(of: existing)) == nil, existing.parent != existing {
    existing = existing.parent
  }
  guard try FileStatus(of: existing).kind == .directory else {
    throw .failed(
      operation: "create", path: path, errno: existing == path ? EEXIST : ENOTDIR)
  }
  // SAFETY: the text ends with a zero.
  try unsafe existing.retrying("write to") { unsafe access($0, W_OK | X_OK) }
}

/// The folders that a file at `path` would be in: all above it, through links and without them, and
/// `path` itself where it is a folder. Folders that do not exist are left out.
public func folders(above path: RawPath) -> Set<FileIdentity> {
  var found: Set<FileIdentity> = []
  var current = path
  while true {
    var folder = current
    while let status = try? FileStatus(of: folder), status.kind == .directory,
      found.insert(status.identity).inserted
    {
      folder = folder.appending("..")
    }
    // The part before `..` is not above it.
    guard current.parent != current, !current.lastComponent.elementsEqual("..".utf8) else {
      return found
    }
    current = current.parent
  }
}

/// Whether two paths lead to one file, or would do so if it existed.
public func leadToOneFile(_ first: RawPath, _ second: RawPath) -> Bool {
  func identity(_ path: RawPath) -> FileIdentity? { (try? FileStatus(of: path))?.identity }
  if let left = identity(first), let right = identity(second) { return left == right }
  guard Array(first.lastComponent) == Array(second.lastComponent) else { return false }
  guard let left = identity(first.parent), let right = identity(second.parent) else {
    return first == second
  }
  return left == right
}
