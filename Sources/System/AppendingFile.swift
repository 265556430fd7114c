#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that is extended over several runs of the program, such as an interrupted download.
public struct AppendingFile: ~Copyable {
  private let descriptor: Descriptor
  public let path: RawPath
  public private(set) var size: Int

  /// Opens the file, or makes an empty one.
  ///
  /// - Parameter isNew: whether it is an error (`EEXIST`) that there is such a file.
  public init(_ path: RawPath, isNew: Bool = false) throws(SystemError) {
    let opened = try Descriptor(
      opening: path, O_RDWR | O_CREAT | O_NOFOLLOW | (isNew ? O_EXCL : 0), mode: 0o644,
      operation: "create")
    let status = try FileStatus(of: opened.number, path: path)
    guard status.kind == .regular else { throw .notAFile(path: path, kind: status.kind) }
    descriptor = opened
    self.path = path
    size = status.size
  }

  /// Reads the whole file and passes it to `body` in parts, in order.
  public mutating func readAll(_ body: (Span<UInt8>) -> Void) throws(SystemError) {
    try seek(to: 0)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = try readSome(descriptor.number, into: &buffer, 0..<buffer.count, path: path)
      if count == 0 { return }
      body(buffer.span.extracting(0..<count))
    }
  }

  /// Cuts the file to its first `size` bytes.
  public mutating func truncate(to size: Int) throws(SystemError) {
    guard ftruncate(descriptor.number, off_t(size)) == 0 else {
      throw .failed(operation: "write", path: path, errno: errno)
    }
    self.size = size
  }

  public mutating func append(_ bytes: Span<UInt8>) throws(SystemError) {
    try seek(to: size)
    try writeAll(descriptor.number, bytes, path: path)
    size += bytes.count
  }

  /// Waits until everything is on the disk.
  public func synchronize() throws(SystemError) {
    guard fsync(descriptor.number) == 0 else {
      throw .failed(operation: "write", path: path, errno: errno)
    }
  }

  private func seek(to offset: Int) throws(SystemError) {
    guard lseek(descriptor.number, off_t(offset), SEEK_SET) >= 0 else {
      throw .failed(operation: "seek in", path: path, errno: errno)
    }
  }
}
