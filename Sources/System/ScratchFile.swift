#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file without a name, for bytes that are too many for memory. It goes with the process,
/// whatever ends that.
public final class ScratchFile {
  private let number: Int32
  /// What messages call it: the file that it lies beside.
  private let path: RawPath
  /// How many bytes were written.
  public private(set) var count = 0

  /// An empty file in the folder of `path`, where there is room for results.
  public init(beside path: RawPath) throws(SystemError) {
    self.path = path
    let file = try createTemporaryFile(beside: path, for: path, isPrivate: true)
    let name = file.path
    number = file.release()
    // SAFETY: the text ends with a zero.
    try unsafe name.retrying("remove") { unsafe unlink($0) }
  }

  deinit {
    close(number)
  }

  /// Writes all of `bytes` behind what was written before.
  public func append(_ bytes: Span<UInt8>) throws(SystemError) {
    try writeAll(number, bytes, at: count, path: path)
    count += bytes.count
  }

  /// Reads a part of what was written.
  ///
  /// - Parameter range: inside of it, in bytes.
  public func read(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard lseek(number, off_t(range.lowerBound), SEEK_SET) >= 0 else {
      throw .failed(operation: "seek in", path: path, errno: errno)
    }
    var bytes = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < bytes.count {
      let count = try readSome(number, into: &bytes, filled..<bytes.count, path: path)
      if count == 0 { throw .endOfFile(reading: path) }
      filled += count
    }
    return bytes
  }

  /// Reads everything that was written, part by part.
  public func readAll(_ body: (Span<UInt8>) throws(SystemError) -> Void) throws(SystemError) {
    guard lseek(number, 0, SEEK_SET) >= 0 else {
      throw .failed(operation: "seek in", path: path, errno: errno)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = try readSome(number, into: &buffer, 0..<buffer.count, path: path)
      if count == 0 { return }
      try body(buffer.span.extracting(0..<count))
    }
  }
}
