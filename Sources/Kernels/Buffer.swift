/// Zero-filled memory, aligned to 64 bytes, with room to read four vectors past its end.
///
/// Kernels of several threads write disjoint parts of it at once; the operations in this module
/// see to that.
@safe public final class Buffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>
  public let count: Int

  public init(count: Int) {
    self.count = count
    let bytes = count * MemoryLayout<Element>.stride + 256
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    unsafe base = memory.assumingMemoryBound(to: Element.self)
  }

  /// Bytes of the values.
  var byteCount: Int { count * MemoryLayout<Element>.stride }

  public convenience init(_ values: [Element]) {
    self.init(count: values.count)
    // SAFETY: the memory holds `values.count` elements.
    unsafe base.update(from: values, count: values.count)
  }

  deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }

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
