import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The paths of this process's unfinished files, in a table that a signal handler can read.
enum TemporaryFiles {
  /// An entry of the table. `slot` is nil if the table was full. Such a file is not removed if a
  /// signal ends the process.
  struct Registration {
    fileprivate let slot: Int?
  }

  private static let slotCount = 8

  /// Addresses of zero-terminated paths, or 0.
  // SAFETY: allocated once, never freed, and touched through atomics only.
  nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Atomic<UInt>> = {
    let slots = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: slotCount)
    for slot in 0..<slotCount { unsafe (slots + slot).initialize(to: Atomic<UInt>(0)) }
    return unsafe slots
  }()

  /// Makes the table, because a signal handler must not allocate memory.
  static func prepare() {
    _ = unsafe slots
  }

  static func register(_ path: RawPath) -> Registration {
    guard let text = path.zeroTerminated else { return Registration(slot: nil) }
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.count)
    _ = unsafe copy.initialize(from: text)
    let address = UInt(bitPattern: copy.baseAddress)
    for slot in 0..<slotCount {
      // SAFETY: the slot lies inside the table.
      let (taken, _) = unsafe slots[slot].compareExchange(
        expected: 0, desired: address, ordering: .acquiringAndReleasing)
      if taken { return Registration(slot: slot) }
    }
    // SAFETY: no other code refers to the copy yet.
    unsafe copy.deallocate()
    return Registration(slot: nil)
  }

  /// Removes a path from the table. The memory of the path is not freed, because a signal handler
  /// on another thread may be reading it.
  static func unregister(_ registration: Registration) {
    guard let slot = registration.slot else { return }
    // SAFETY: the slot lies inside the table.
    unsafe slots[slot].store(0, ordering: .releasing)
  }

  /// Removes all files in the table. A signal handler may call this.
  static func removeAll() {
    for slot in 0..<slotCount {
      // SAFETY: the slot lies inside the table, and what it holds is never freed.
      let address = unsafe slots[slot].load(ordering: .acquiring)
      if let path = unsafe UnsafePointer<CChar>(bitPattern: address) { _ = unsafe unlink(path) }
    }
  }
}

private let temporaryPrefix = Array(".alexnet-".utf8)
private let temporarySuffix = Array(".tmp".utf8)

/// Removes the temporary files that ended processes left in a folder. A process that is killed
/// cannot remove them itself.
///
/// The caller makes sure that no other process writes to the folder at the same time.
///
/// - Throws: ``SystemError`` if the folder cannot be listed, or if a file cannot be removed.
public func removeTemporaryFiles(in folder: RawPath) throws(SystemError) {
  let directory = try OpenDirectory(folder)
  var found: [RawPath] = []
  let failure = directory.list(includingHidden: true) { name, kind in
    if kind == .regular, name.starts(with: temporaryPrefix),
      name.reversed().starts(with: temporarySuffix.reversed())
    {
      found.append(folder.appending(name))
    }
  }
  if let failure { throw failure }
  for path in found { try removeFile(path) }
}

/// A new file for reading and writing, of a name that no other has, in the folder of `target`.
///
/// - Parameters:
///   - path: what messages call it.
///   - isPrivate: whether only its owner may open it, for files that get their permissions later.
///     Who opens a file before that can read all that is written to it afterwards.
func createTemporaryFile(
  beside target: RawPath, for path: RawPath, isPrivate: Bool
) throws(SystemError) -> NewTemporaryFile {
  while true {
    let mark = String(UInt64.random(in: .min ... .max), radix: 36)
    let temporary = target.parent.appending(
      temporaryPrefix + Array(mark.utf8) + temporarySuffix)
    do {
      let descriptor = try Descriptor(
        opening: temporary, O_RDWR | O_CREAT | O_EXCL, mode: isPrivate ? 0o600 : 0o666,
        operation: "create")
      return NewTemporaryFile(path: temporary, descriptor: descriptor)
    } catch  where error.code == EEXIST {
      continue
    } catch {
      throw .failed(operation: "create", path: path, errno: error.code ?? EIO)
    }
  }
}

/// A file that ``createTemporaryFile(beside:for:isPrivate:)`` made.
struct NewTemporaryFile: ~Copyable {
  let path: RawPath
  let descriptor: Descriptor

  /// Gives the descriptor up without closing it.
  consuming func release() -> Int32 { descriptor.release() }
}
