#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file's bytes, mapped read-only. The system reads pages from the disk when they are first
/// accessed, and processes that map the same file share them.
///
/// The mapping stays valid if the file is removed, but not if it is truncated. A file that may be
/// mapped must therefore be replaced, as ``AtomicFile`` does, and never overwritten.
@safe public final class MappedFile: @unchecked Sendable {
  private let base: UnsafeRawBufferPointer

  /// - Throws: ``SystemError/notAFile(path:kind:)`` for anything but a regular file.
  public init(_ path: RawPath) throws(SystemError) {
    let before = try FileStatus(of: path)
    guard before.kind == .regular else { throw .notAFile(path: path, kind: before.kind) }
    let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK, operation: "open")
    let status = try FileStatus(of: descriptor.number, path: path)
    guard status.kind == .regular else { throw .notAFile(path: path, kind: status.kind) }
    guard status.size > 0 else {
      unsafe base = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    // SAFETY: a fresh private mapping of `size` bytes; nothing else knows its address.
    let start = unsafe mmap(nil, status.size, PROT_READ, MAP_PRIVATE, descriptor.number, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw .failed(operation: "map", path: path, errno: errno)
    }
    unsafe base = UnsafeRawBufferPointer(start: start, count: status.size)
  }

  deinit {
    // SAFETY: `base` is what `mmap` gave, and nobody may use it after its owner has gone.
    if let start = unsafe base.baseAddress {
      _ = unsafe munmap(UnsafeMutableRawPointer(mutating: start), base.count)
    }
  }

  public var count: Int { unsafe base.count }

  /// The bytes. They are valid as long as this object exists.
  @unsafe public var bytes: UnsafeRawBufferPointer { unsafe base }

  /// Asks the system to read the file from the disk in the background.
  public func readAhead() {
    // SAFETY: the range is the mapping.
    if let start = unsafe base.baseAddress {
      _ = unsafe madvise(UnsafeMutableRawPointer(mutating: start), base.count, MADV_WILLNEED)
    }
  }
}
