import Kernels
import System
import Tensors

/// The rows of an index that is about to be written: those that stay from an old index, and new
/// ones.
struct IndexSource {
  let element: FeatureRows.Element
  let length: Int
  /// The old index, and which of its rows stay.
  let old: (index: FeatureIndex, rows: [Int])?
  let spool: RowSpool

  var count: Int { (old?.rows.count ?? 0) + spool.count }
  var rowSize: Int { length * element.size }

  /// Passes the bytes of all rows to `body`, some rows at a time, in order.
  ///
  /// - Parameter body: gets the number of the first row, and whole rows.
  func forEachBlock(
    newOnly: Bool = false, _ body: (Int, Span<UInt8>) throws(SystemError) -> Void
  ) throws(SystemError) {
    let blockRows = max(1, (1 << 20) / rowSize)
    let kept = old?.rows.count ?? 0
    if !newOnly, let old {
      // Runs of rows that follow each other in the old index.
      var position = 0
      while position < kept {
        var end = position + 1
        while end < kept, end - position < blockRows, old.rows[end] == old.rows[end - 1] + 1 {
          end += 1
        }
        let start = old.index.layout.rows.lowerBound + old.rows[position] * rowSize
        let range = start..<start + (end - position) * rowSize
        try old.index.storage.withBytes(range) { (bytes) throws(SystemError) in
          try body(position, bytes)
        }
        position = end
      }
    }
    var pending: [UInt8] = []
    var row = kept
    let blockSize = blockRows * rowSize
    try spool.readAll { (part) throws(SystemError) in
      var start = 0
      while start < part.count {
        let taken = min(part.count - start, blockSize - pending.count)
        for index in start..<start + taken { pending.append(part[index]) }
        start += taken
        guard pending.count == blockSize else { continue }
        try body(row, pending.span)
        row += blockRows
        pending.removeAll(keepingCapacity: true)
      }
    }
    if !pending.isEmpty { try body(row, pending.span) }
  }

  /// One row of a block, scaled to length 1.
  func unitRow(_ block: Span<UInt8>, _ index: Int) -> [Float] {
    let start = index * rowSize
    let row: FeatureRow =
      switch element {
      case .int8: .int8((0..<length).map { Int8(bitPattern: block[start + $0]) })
      case .float16:
        .float16(
          (0..<length).map {
            UInt16(block[start + 2 * $0]) | UInt16(block[start + 2 * $0 + 1]) << 8
          })
      }
    return row.unitValues
  }
}
