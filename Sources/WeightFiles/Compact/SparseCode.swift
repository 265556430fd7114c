/// The entries and column starts of a ``SparseMatrix``, coded from a matrix written out in full.
struct SparseCode {
  /// The longest run of zeros that one entry can skip.
  private static let maxGap = 15

  private(set) var entries: [UInt8] = []
  /// `[columns + 1]`.
  private(set) var columnStarts: [UInt32] = [0]

  /// Codes a row-major `[rows, columns]` matrix of ``Codebook/codes(of:)``, 0 for a zero weight.
  init(codes: [UInt8], rows: Int, columns: Int) {
    precondition(codes.count == rows * columns)
    columnStarts.reserveCapacity(columns + 1)
    for column in 0..<columns {
      var gap = 0
      for row in 0..<rows {
        let code = codes[row * columns + column]
        if code != 0 {
          entries.append(code << 4 | UInt8(gap))
          gap = 0
        } else if gap == Self.maxGap {
          // The sixteenth zero in a row: an entry of value 0 stands on it.
          entries.append(UInt8(Self.maxGap))
          gap = 0
        } else {
          gap += 1
        }
      }
      // Behind a column's last weight, entries of value 0 carry nothing.
      while entries.count > columnStarts[column], let last = entries.last, last >> 4 == 0 {
        entries.removeLast()
      }
      columnStarts.append(UInt32(entries.count))
    }
  }

  /// ``columnStarts`` as little-endian bytes.
  var columnStartBytes: [UInt8] {
    columnStarts.flatMap { start in
      (0..<4).map { UInt8(truncatingIfNeeded: start >> (8 * $0)) }
    }
  }
}
