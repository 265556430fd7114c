/// A matrix of float32 values in a buffer: value (row, column) is number
/// `start + row * rowStride + column * columnStride` of the buffer.
///
/// A view copies nothing, and ``transposed`` only exchanges the strides.
public struct MatrixView {
  public let rows: Int
  public let columns: Int
  let values: FloatBuffer
  let start: Int
  let rowStride: Int
  let columnStride: Int

  /// A matrix whose rows are contiguous, `[rows, columns]`.
  ///
  /// - Parameters:
  ///   - start: the index of the first value in the buffer.
  ///   - rowStride: the distance from one row to the next, at least `columns`; nil for `columns`.
  public init(
    _ values: FloatBuffer, start: Int = 0, rows: Int, columns: Int, rowStride: Int? = nil
  ) {
    let rowStride = rowStride ?? columns
    precondition(rows > 0 && columns > 0 && start >= 0 && rowStride >= columns)
    let last = (rows - 1).multipliedReportingOverflow(by: rowStride)
    precondition(!last.overflow && last.partialValue <= values.count - start - columns)
    self.init(
      values: values, start: start, rows: rows, columns: columns, rowStride: rowStride,
      columnStride: 1)
  }

  private init(
    values: FloatBuffer, start: Int, rows: Int, columns: Int, rowStride: Int, columnStride: Int
  ) {
    self.values = values
    self.start = start
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
    self.columnStride = columnStride
  }

  /// The same values with rows and columns exchanged.
  public var transposed: MatrixView {
    MatrixView(
      values: values, start: start, rows: columns, columns: rows, rowStride: columnStride,
      columnStride: rowStride)
  }

  /// The address of value (row, column).
  @unsafe func pointer(row: Int, column: Int) -> UnsafeMutablePointer<Float> {
    unsafe values.base + start + row * rowStride + column * columnStride
  }
}
