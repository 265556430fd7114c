import CResize

extension Picture {
  /// The part `wantedColumns` x `wantedRows` of the resized picture. Neither range may be empty,
  /// and this picture must have all pixels from which the part is computed.
  ///
  /// Rows are resized horizontally one at a time and kept only as long as a row of the result needs
  /// them.
  func resized(
    _ horizontal: AxisResize, _ vertical: AxisResize, columns wantedColumns: Range<Int>,
    rows wantedRows: Range<Int>
  ) -> Picture {
    let width = wantedColumns.count * 3
    let size = width * wantedRows.count
    // SAFETY: both functions write all rows of `width` bytes of `buffer` and nothing else. They
    // read only rows and columns of `source` that the caller guarantees to exist.
    let result = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = size
      guard let target = buffer.baseAddress else { return }
      unsafe pixels.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        if horizontal.antialias {
          unsafe resizeTriangle(
            source, horizontal, vertical, wantedColumns, wantedRows, into: target)
        } else {
          unsafe resizeLinear(
            source, horizontal, vertical, wantedColumns, wantedRows, into: target)
        }
      }
    }
    return Picture(columns: wantedColumns, rows: wantedRows, pixels: result)
  }

  @unsafe private func resizeTriangle(
    _ source: UnsafePointer<UInt8>, _ horizontal: AxisResize, _ vertical: AxisResize,
    _ wantedColumns: Range<Int>, _ wantedRows: Range<Int>, into target: UnsafeMutablePointer<UInt8>
  ) {
    let width = wantedColumns.count * 3
    let table = TriangleTable(horizontal, window: wantedColumns, origin: columns.lowerBound)
    let triangle = Triangle(vertical)
    let rowsKept = vertical.tapLimit
    // SAFETY: `kept` has `rowsKept` rows of `width` bytes, indexed modulo `rowsKept`; a result row
    // has at most `rowsKept` taps, which follow one another, so none overwrites another.
    let kept = UnsafeMutablePointer<UInt8>.allocate(capacity: rowsKept * width)
    defer { unsafe kept.deallocate() }
    var taps = unsafe [UnsafePointer<UInt8>?](repeating: nil, count: rowsKept)
    var weights = [Int32](repeating: 0, count: rowsKept)
    var next = vertical.sourceWindow(for: wantedRows).lowerBound
    var output = unsafe target
    for row in wantedRows {
      let needed = vertical.isIdentity ? row..<row + 1 : triangle.taps(of: row)
      next = max(next, needed.lowerBound)
      while next < needed.upperBound {
        let offset = (next - rows.lowerBound) * stride
        if !horizontal.isIdentity {
          unsafe resize_row(
            Self.isa, source + offset, pixels.count - offset, table.first, table.weights,
            table.groups, table.taps, kept + next % rowsKept * width, wantedColumns.count)
        }
        next += 1
      }
      let skipped = (wantedColumns.lowerBound - columns.lowerBound) * 3
      for tap in needed {
        unsafe taps[tap - needed.lowerBound] =
          horizontal.isIdentity
          ? source + (tap - rows.lowerBound) * stride + skipped
          : UnsafePointer(kept + tap % rowsKept * width)
      }
      if vertical.isIdentity {
        weights[0] = 1 << 22
      } else {
        var span = weights.mutableSpan
        triangle.weigh(row, taps: needed, into: &span)
      }
      unsafe resize_column(Self.isa, taps, weights, needed.count, output, width)
      unsafe output += width
    }
  }

  @unsafe private func resizeLinear(
    _ source: UnsafePointer<UInt8>, _ horizontal: AxisResize, _ vertical: AxisResize,
    _ wantedColumns: Range<Int>, _ wantedRows: Range<Int>, into target: UnsafeMutablePointer<UInt8>
  ) {
    let width = wantedColumns.count * 3
    let table = LinearTable(horizontal, window: wantedColumns, origin: columns.lowerBound)
    // SAFETY: `kept` has two rows of `width` values, one for even and one for odd source rows. A
    // row of the result reads one source row, or two that are neighbours.
    let kept = UnsafeMutablePointer<UInt16>.allocate(capacity: 2 * width)
    defer { unsafe kept.deallocate() }
    var keptRows = [-1, -1]
    var output = unsafe target
    for row in wantedRows {
      let tap = vertical.linearTap(of: row)
      for needed in [tap.first, tap.second] where keptRows[needed % 2] != needed {
        let offset = (needed - rows.lowerBound) * stride
        unsafe linear_row(
          Self.isa, source + offset, pixels.count - offset, table.first, table.second, table.share,
          kept + needed % 2 * width, wantedColumns.count)
        keptRows[needed % 2] = needed
      }
      unsafe linear_column(
        Self.isa, kept + tap.first % 2 * width, kept + tap.second % 2 * width, Int32(tap.share),
        output, width)
      unsafe output += width
    }
  }
}
