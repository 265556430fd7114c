#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The absolute path of the folder at which relative paths of this process begin; nil if the system
/// does not know it, as when the folder has been removed.
public func currentFolder() -> RawPath? {
  var buffer = [CChar](repeating: 0, count: 1 << 14)
  // SAFETY: the count passed is the array's; where the call succeeds, the text ends with a zero.
  guard unsafe getcwd(&buffer, buffer.count) != nil else { return nil }
  return RawPath(buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
}
