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

/// Renames a file. A file that already has the new name is replaced.
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
