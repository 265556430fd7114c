import Threads

extension UnsafePointer where Pointee: FixedWidthInteger & BitwiseCopyable {
  /// Calls `body` with some rows of a matrix, in whole groups, and the distance from one to the
  /// next.
  ///
  /// Two kinds of rows are copied to `scratch`, with zeros at their ends: rows whose distance is
  /// about a multiple of 4096 bytes, because they compete for one set of the first-level cache, and
  /// rows that end inside a group.
  ///
  /// - Parameters:
  ///   - length: the number of values in a row.
  ///   - group: how many values are read at a time.
  ///   - scratch: memory for copies.
  @unsafe func withRows(
    _ rows: Range<Int>, length: Int, group: Int, scratch: ScratchMemory,
    _ body: (UnsafePointer<Pointee>, Int) -> Void
  ) {
    let size = MemoryLayout<Pointee>.stride
    let source = unsafe self + rows.lowerBound * length
    let isWhole = length % group == 0
    guard !isWhole || (length * size).trailingZeroBitCount > 10 else {
      return unsafe body(source, length)
    }
    let wholeLength = (length + group - 1) / group * group
    let stride = wholeLength + 64 / size
    // SAFETY: the rows lie inside the matrix, as the caller says, and the copies inside their
    // memory.
    unsafe scratch.withValues(of: Pointee.self, rows.count * stride) { copy in
      for row in 0..<rows.count {
        let target = unsafe copy + row * stride
        unsafe target.update(from: source + row * length, count: length)
        unsafe (target + length).update(repeating: 0, count: wholeLength - length)
      }
      unsafe body(UnsafePointer(copy), stride)
    }
  }
}
