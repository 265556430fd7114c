#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open directory, whose entries can be listed once.
@safe struct OpenDirectory: ~Copyable {
  #if canImport(Darwin)
    private typealias Stream = UnsafeMutablePointer<DIR>
  #else
    private typealias Stream = OpaquePointer
  #endif

  private let path: RawPath
  private let stream: Stream

  init(_ path: RawPath) throws(SystemError) {
    let descriptor = try Descriptor(
      opening: path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, operation: "open")
    // SAFETY: the stream takes the descriptor over, unless it is nil.
    guard let stream = unsafe fdopendir(descriptor.number) else {
      throw .failed(operation: "list", path: path, errno: errno)
    }
    _ = descriptor.release()
    unsafe self.stream = stream
    self.path = path
  }

  deinit {
    // SAFETY: opened in `init`, and closed only here.
    _ = unsafe closedir(stream)
  }

  func identity() throws(SystemError) -> FileIdentity {
    // SAFETY: the stream is open as long as `self` lives.
    try FileStatus(of: unsafe dirfd(stream), path: path).identity
  }

  /// Calls `body` with the name and the kind of each entry, except `.` and `..`. Entries that are
  /// hidden, because their names begin with a dot, are left out by default. For a link, the kind
  /// is that of the file it leads to. The kind is exact for regular files and directories. It is
  /// `.other` for everything else, and if it cannot be found out.
  ///
  /// - Returns: the error that ended the listing early; nil if there was none.
  func list(
    includingHidden: Bool = false, _ body: (_ name: [UInt8], _ kind: FileKind) -> Void
  ) -> SystemError? {
    while true {
      errno = 0
      // SAFETY: the stream is open; the entry is used up before the next call.
      guard let entry = unsafe readdir(stream) else {
        return errno == 0 ? nil : .failed(operation: "list", path: path, errno: errno)
      }
      let name = unsafe Self.name(of: entry)
      if name.first == UInt8(ascii: ".") {
        if !includingHidden || name == Array(".".utf8) || name == Array("..".utf8) { continue }
      }
      unsafe body(name, kind(type: Int32(entry.pointee.d_type), name: name))
    }
  }

  private func kind(type: Int32, name: [UInt8]) -> FileKind {
    switch type {
    case Int32(DT_DIR): .directory
    case Int32(DT_REG): .regular
    // Links and entries of unknown type may lead to a directory. If their status cannot be read,
    // they are taken for something else.
    case Int32(DT_LNK), Int32(DT_UNKNOWN):
      (try? FileStatus(of: path.appending(name)).kind) ?? .other
    default: .other
    }
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    // SAFETY: the name starts at the field's offset and ends with a zero; it may be longer than the
    // field, so it is read through the entry's own address and not through a copy.
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    let start = unsafe UnsafeRawPointer(entry).advanced(by: offset)
    let count = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
