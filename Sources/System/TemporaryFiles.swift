import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The unfinished files of this process, kept where a signal handler can reach them.
enum TemporaryFiles {
  /// A place in the table; nil when that was full, and the file is then only removed in order.
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

  /// Makes the table, which a signal handler must not.
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

  /// The path's few bytes are left behind: a handler on another thread may be reading them.
  static func unregister(_ registration: Registration) {
    guard let slot = registration.slot else { return }
    // SAFETY: the slot lies inside the table.
    unsafe slots[slot].store(0, ordering: .releasing)
  }

  /// Removes all of them. Does only what a signal handler may do.
  static func removeAll() {
    for slot in 0..<slotCount {
      // SAFETY: the slot lies inside the table, and what it holds is never freed.
      let address = unsafe slots[slot].load(ordering: .acquiring)
      if let path = unsafe UnsafePointer<CChar>(bitPattern: address) { _ = unsafe unlink(path) }
    }
  }
}

/// A new file for reading and writing, of a name that no other has, in the folder of `target`.
///
/// - Parameter path: what messages call it.
func createTemporaryFile(
  beside target: RawPath, for path: RawPath
) throws(SystemError) -> NewTemporaryFile {
  while true {
    let mark = String(UInt64.random(in: .min ... .max), radix: 36)
    let temporary = target.parent.appending(".alexnet-\(mark).tmp")
    do {
      let descriptor = try Descriptor(
        opening: temporary, O_RDWR | O_CREAT | O_EXCL, mode: 0o666, operation: "create")
      return NewTemporaryFile(path: temporary, descriptor: descriptor)
    } catch  where error.code == EEXIST {
      continue
    } catch {
      throw .failed(operation: "create", path: path, errno: error.code ?? EIO)
    }
  }
}

/// A file that ``createTemporaryFile(beside:for:)`` made.
struct NewTemporaryFile: ~Copyable {
  let path: RawPath
  let descriptor: Descriptor

  /// Gives the descriptor up without closing it.
  consuming func release() -> Int32 { descriptor.release() }
}
