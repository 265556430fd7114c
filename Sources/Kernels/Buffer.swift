#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Zero-filled memory, aligned to 64 bytes, with room to read four vectors past its end.
///
/// Kernels of several threads write disjoint parts of it at once; the operations in this module
/// see to that.
@safe public final class Buffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>
  public let count: Int
  /// Bytes that were mapped; 0 for memory of the heap.
  private let mappedBytes: Int

  public init(count: Int) {
    self.count = count
    let bytes = count * MemoryLayout<Element>.stride + 256
    if let pages = unsafe LargePages.map(bytes) {
      mappedBytes = unsafe pages.count
      unsafe base = pages.base.assumingMemoryBound(to: Element.self)
    } else {
      mappedBytes = 0
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe base = memory.assumingMemoryBound(to: Element.self)
    }
  }

  deinit {
    if mappedBytes > 0 {
      unsafe munmap(base, mappedBytes)
    } else {
      unsafe UnsafeMutableRawPointer(base).deallocate()
    }
  }

  /// Bytes of the values.
  var byteCount: Int { count * MemoryLayout<Element>.stride }

  public convenience init(_ values: [Element]) {
    self.init(count: values.count)
    // SAFETY: the memory holds `values.count` elements.
    unsafe base.update(from: values, count: values.count)
  }

  /// Calls `body` with a part of the memory to write.
  public func withMutableSpan<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // SAFETY: the range lies inside, and the memory lives as long as `self`.
    let part = unsafe UnsafeMutableBufferPointer(
      start: base + range.lowerBound, count: range.count)
    var span = unsafe MutableSpan(_unsafeElements: part)
    return try body(&span)
  }

  /// A copy of a part.
  public func values(_ range: Range<Int>) -> [Element] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // SAFETY: the range lies inside.
    return unsafe Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
  }
}

/// Memory for float32 values.
public typealias FloatBuffer = Buffer<Float>

/// Memory straight from the system, in large pages where it has them: each page that is touched for the
/// first time costs a fault, and a network's weights are thousands of small ones.
private enum LargePages {
  private static let pageSize = 2 << 20

  /// Zero-filled memory of at least `bytes`; nil where that is less than a large page, or refused.
  static func map(_ bytes: Int) -> (base: UnsafeMutableRawPointer, count: Int)? {
    guard bytes >= pageSize else { return nil }
    let flags = MAP_PRIVATE | MAP_ANON
    // Room to begin at a large page's boundary.
    let size = bytes + pageSize
    // SAFETY: a new mapping that nothing else knows of; what lies before the boundary is given back.
    guard let start = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe start != MAP_FAILED
    else { return nil }
    let skipped = (pageSize - Int(bitPattern: start) % pageSize) % pageSize
    if skipped > 0 { unsafe munmap(start, skipped) }
    let base = unsafe start + skipped
    let count = size - skipped
    #if os(Linux)
      unsafe madvise(base, count, MADV_HUGEPAGE)
    #endif
    return unsafe (base, count)
  }
}
