#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The working directory of this process as an absolute path; nil where it was removed.
public func workingDirectory() -> RawPath? {
  // SAFETY: with nil, the call allocates the text that it returns, which ends with a zero.
  guard let text = unsafe getcwd(nil, 0) else { return nil }
  defer { unsafe free(text) }
  return unsafe RawPath(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}

extension RawPath {
  /// The path from the root on, without following links; the path itself where the current folder
  /// is not known.
  public var absolute: RawPath {
    if isAbsolute { return self }
    return workingDirectory()?.appending(bytes) ?? self
  }

  /// The path from the root on, with all links followed; nil if it does not exist.
  public var resolved: RawPath? {
    guard let text = zeroTerminated else { return nil }
    // SAFETY: the text ends with a zero; the result is a text of the same kind, or nil.
    guard let path = unsafe realpath(text, nil) else { return nil }
    defer { unsafe free(path) }
    return unsafe RawPath(UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }
}
