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
