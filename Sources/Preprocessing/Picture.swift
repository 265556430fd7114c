import CResize

/// A part of an intermediate picture, `columns` x `rows` of it, in RGB.
struct Picture {
  var columns: Range<Int>
  var rows: Range<Int>
  let pixels: [UInt8]

  /// Bytes from one row to the next.
  var stride: Int { columns.count * 3 }

  /// The instruction set for all kernels.
  static let isa = resize_best_isa()

  /// The same pixels with other column and row numbers.
  func moved(byColumns x: Int, rows y: Int) -> Picture {
    Picture(
      columns: columns.lowerBound - x..<columns.upperBound - x,
      rows: rows.lowerBound - y..<rows.upperBound - y, pixels: pixels)
  }

  /// The pixels in the given columns and rows. Pixels that this picture does not have are black.
  func cut(columns wantedColumns: Range<Int>, rows wantedRows: Range<Int>) -> Picture {
    if wantedColumns == columns && wantedRows == rows { return self }
    let x = columns.clamped(to: wantedColumns)
    let y = rows.clamped(to: wantedRows)
    let width = wantedColumns.count * 3
    var result = [UInt8]()
    result.reserveCapacity(width * wantedRows.count)
    func black(_ count: Int) { result.append(contentsOf: repeatElement(0, count: count)) }
    if x.isEmpty || y.isEmpty {
      black(width * wantedRows.count)
    } else {
      black((y.lowerBound - wantedRows.lowerBound) * width)
      for row in y {
        black((x.lowerBound - wantedColumns.lowerBound) * 3)
        let start = (row - rows.lowerBound) * stride + (x.lowerBound - columns.lowerBound) * 3
        result.append(contentsOf: pixels[start..<start + x.count * 3])
        black((wantedColumns.upperBound - x.upperBound) * 3)
      }
      black((wantedRows.upperBound - y.upperBound) * width)
    }
    return Picture(columns: wantedColumns, rows: wantedRows, pixels: result)
  }
}
