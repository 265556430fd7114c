#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file opened for reading parts of it, in any order.
public struct RandomAccessFile: ~Copyable {
  private let descriptor: Descriptor
  public let path: RawPath
  /// In bytes, when the file was opened; files may grow and shrink.
  public let size: Int

  /// - Throws: ``SystemError/notAFile(path:kind:)`` for anything but a regular file.
  public init(opening path: RawPath) throws(SystemError) {
    // Before and after opening, for the reasons that `InputFile` gives.
    try Self.require(FileStatus(of: path), path)
    let opened = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK, operation: "open")
    let status = try FileStatus(of: opened.number, path: path)
    try Self.require(status, path)
    descriptor = opened
    self.path = path
    size = status.size
  }

  private static func require(_ status: FileStatus, _ path: RawPath) throws(SystemError) {
    if status.kind != .regular { throw .notAFile(path: path, kind: status.kind) }
  }

  /// Reads `count` bytes, from `offset` on, to the front of `buffer`, which grows as needed.
  ///
  /// - Returns: how many bytes were read: fewer than `count` only where the file ends before them.
  public func read(
    at offset: Int, count: Int, into buffer: inout [UInt8]
  ) throws(SystemError) -> Int {
    precondition(offset >= 0 && count >= 0 && offset <= Int.max - count)
    if buffer.count < count {
      buffer.append(contentsOf: repeatElement(0, count: count - buffer.count))
    }
    var filled = 0
    while filled < count {
      // SAFETY: the range lies inside the buffer.
      let (result, code) = unsafe buffer.withUnsafeMutableBytes {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: $0[filled..<count])
        let result = unsafe pread(
          descriptor.number, part.baseAddress, part.count, off_t(offset + filled))
        return (result, errno)
      }
      if result == 0 { break }
      if result > 0 {
        filled += result
      } else if code != EINTR {
        throw .failed(operation: "read", path: path, errno: code)
      }
    }
    return filled
  }
}

extension SystemError {
  /// A file ended before a part of it that was there when it was listed.
  public static func endOfFile(reading path: RawPath) -> SystemError {
    .failed(operation: "read", path: path, errno: EIO)
  }
}
