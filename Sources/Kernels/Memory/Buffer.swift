import Threads

/// Memory for values that operations read and write. The values are 0 at first.
///
/// A buffer belongs to one thread, as any variable does. Operations of this module split their work
/// over the threads of a pool, whose tasks then write disjoint parts of their buffers. Values that
/// several threads read at any time are a ``ConstantBuffer``.
@safe public final class Buffer<Element: BitwiseCopyable & Sendable> {
  let base: UnsafeMutablePointer<Element>
  public let count: Int
  private let memory: Memory

  /// - Parameters:
  ///   - count: how many values.
  ///   - readableBehind: how many values after the last one a kernel may read, if its documentation
  ///     says that it does. Their values do not matter.
  public init(count: Int, readableBehind: Int = 0) {
    precondition(count >= 0)
    self.count = count
    let size = (count + readableBehind).multipliedReportingOverflow(
      by: MemoryLayout<Element>.stride)
    precondition(!size.overflow, "a buffer is larger than the address space")
    memory = Memory(bytes: size.partialValue)
    unsafe base = memory.base.assumingMemoryBound(to: Element.self)
  }

  deinit { memory.free() }

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
