#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where memory is placed.
package enum MemoryPlacement {
  /// Whether new memory is followed by a page that cannot be read or written, so that an access
  /// past its end stops the process. For tests: it is slow and takes many pages.
  @TaskLocal package static var isGuarded = false
}

/// Zero-filled memory, aligned to 64 bytes unless it is guarded.
@safe package struct Memory {
  package let base: UnsafeMutableRawPointer
  /// The first mapped page, with `mappedBytes` bytes from there; 0 bytes for memory of the heap.
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  package init(bytes: Int, isGuarded: Bool = MemoryPlacement.isGuarded) {
    if isGuarded {
      let pages = unsafe Pages.mapGuarded(bytes)
      unsafe mapping = pages.start
      mappedBytes = unsafe pages.count
      unsafe base = pages.base
    } else if let pages = unsafe Pages.mapLarge(bytes) {
      unsafe mapping = pages.start
      mappedBytes = unsafe pages.count
      unsafe base = pages.start
    } else {
      var start: UnsafeMutableRawPointer?
      guard unsafe posix_memalign(&start, 64, max(bytes, 1)) == 0, let start = unsafe start else {
        OutOfMemory.end()
      }
      unsafe base = start
      unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe mapping = base
      mappedBytes = 0
    }
  }

  /// To be called once, when nothing uses the memory any more.
  package func free() {
    // SAFETY: `init` allocated or mapped it.
    if mappedBytes > 0 {
      unsafe munmap(mapping, mappedBytes)
    } else {
      unsafe releaseHeapMemory(base)
    }
  }
}

/// C's `free`, whose name ``Memory/free()`` hides within its type.
@unsafe private func releaseHeapMemory(_ start: UnsafeMutableRawPointer) { unsafe free(start) }

/// Memory straight from the system.
private enum Pages {
  /// Size of a large page. Each page that is touched for the first time costs a fault, and the
  /// weights of a network are thousands of small pages.
  private static let largePage = 2 << 20

  /// Zero-filled memory of at least `bytes`, in large pages where the system has them; nil if
  /// that is less than a large page, or refused.
  static func mapLarge(_ bytes: Int) -> (start: UnsafeMutableRawPointer, count: Int)? {
    guard bytes >= largePage else { return nil }
    // Room to begin at a large page's boundary.
    let size = bytes + largePage
    guard let start = unsafe map(size) else { return nil }
    // SAFETY: what lies before the boundary belongs to the new mapping, and is given back.
    let skipped = (largePage - Int(bitPattern: start) % largePage) % largePage
    if skipped > 0 { unsafe munmap(start, skipped) }
    let base = unsafe start + skipped
    let count = size - skipped
    #if os(Linux)
      unsafe madvise(base, count, MADV_HUGEPAGE)
    #endif
    return unsafe (base, count)
  }

  /// Zero-filled memory that begins at `base`, and whose last byte lies before a page that cannot
  /// be read or written.
  static func mapGuarded(
    _ bytes: Int
  ) -> (start: UnsafeMutableRawPointer, count: Int, base: UnsafeMutableRawPointer) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let data = (bytes + page - 1) / page * page
    guard let start = unsafe map(data + page) else {
      preconditionFailure("the system has no memory for a guarded buffer")
    }
    // SAFETY: the last page belongs to the new mapping.
    let status = unsafe mprotect(start + data, page, PROT_NONE)
    precondition(status == 0, "the system refuses to guard a page")
    return unsafe (start, data + page, start + data - bytes)
  }

  private static func map(_ size: Int) -> UnsafeMutableRawPointer? {
    // SAFETY: a new mapping that nothing else knows of.
    let start = unsafe mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    return unsafe start == MAP_FAILED ? nil : start
  }
}
