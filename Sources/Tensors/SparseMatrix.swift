/// A pruned and clustered matrix `[rows, columns]`, stored and run column by column.
///
/// An entry is one byte: the low four bits count the zero rows skipped since the previous entry of
/// the same column (before the first row, for its first entry), the high four bits index
/// `codebook`. Code 0 is always the value 0: entries that only carry a gap of more than 15 on.
/// The idea of gaps and shared values is Deep Compression's (Han, Mao and Dally 2016, section 3);
/// columns come first here so that a zero activation skips its whole column.
public struct SparseMatrix: Sendable {
  public let rows: Int
  public let columns: Int
  /// `[entries]`, uint8: `code << 4 | gap`, column after column.
  public let entries: Tensor
  /// `[columns + 1]`: where each column's entries start; the last is `entries`' count.
  public let columnStarts: [UInt32]
  /// Sixteen shared values, the first of them 0.
  public let codebook: [Float]

  /// - Parameters:
  ///   - entries: uint8, kept where it lies.
  ///   - columnStarts: `[columns + 1]`, uint32.
  ///   - codebook: sixteen values.
  /// - Throws: ``SparseMatrixError`` when types or sizes do not fit, when the column starts do not
  ///   rise from 0 to the number of entries, or when an entry's row lies outside the matrix.
  public init(
    rows: Int, columns: Int, entries: Tensor, columnStarts: Tensor, codebook: [Float]
  ) throws(SparseMatrixError) {
    guard rows > 0, columns > 0, entries.elementType == .uint8,
      columnStarts.elementType == .uint32, columns < Int(UInt32.max),
      columnStarts.shape.dimensions == [columns + 1], codebook.count == 16, codebook[0] == 0
    else { throw .wrongForm }
    self.rows = rows
    self.columns = columns
    self.entries = entries
    self.codebook = codebook
    self.columnStarts = columnStarts.withBytes { bytes in
      (0...columns).map { index in
        let byte = index * 4
        return UInt32(bytes[byte]) | UInt32(bytes[byte + 1]) << 8 | UInt32(bytes[byte + 2]) << 16
          | UInt32(bytes[byte + 3]) << 24
      }
    }
    try checkEntries()
  }

  private func checkEntries() throws(SparseMatrixError) {
    let starts = columnStarts
    guard starts.first == 0, Int(starts[columns]) == entries.shape.count else {
      throw .wrongColumnStarts
    }
    let failure: SparseMatrixError? = entries.withBytes { bytes in
      for column in 0..<columns {
        let (start, end) = (Int(starts[column]), Int(starts[column + 1]))
        guard start <= end, end <= bytes.count else { return .wrongColumnStarts }
        let lastRow = end - start + Self.sumOfGaps(bytes.extracting(start..<end))
        guard lastRow <= rows else { return .entryOutside(column: column) }
      }
      return nil
    }
    if let failure { throw failure }
  }

  /// Millions of entries are summed whenever a model opens: in 16 bits, for the vectoriser.
  private static func sumOfGaps(_ entries: Span<UInt8>) -> Int {
    let partLength = Int(UInt16.max) / 15
    var sum = 0
    var start = 0
    while start < entries.count {
      let part = entries.extracting(start..<min(start + partLength, entries.count))
      var partSum: UInt16 = 0
      for index in part.indices { partSum &+= UInt16(part[index] & 15) }
      sum += Int(partSum)
      start += partLength
    }
    return sum
  }

  /// The matrix written out in full, row-major `[rows, columns]`.
  public func dense() -> [Float] {
    var values = [Float](repeating: 0, count: rows * columns)
    entries.withBytes { bytes in
      for column in 0..<columns {
        var row = -1
        for index in Int(columnStarts[column])..<Int(columnStarts[column + 1]) {
          row += Int(bytes[index] & 15) + 1
          values[row * columns + column] = codebook[Int(bytes[index] >> 4)]
        }
      }
    }
    return values
  }
}

/// Why bytes are no ``SparseMatrix``.
public enum SparseMatrixError: Error, Equatable, CustomStringConvertible {
  case wrongForm
  case wrongColumnStarts
  case entryOutside(column: Int)

  public var description: String {
    switch self {
    case .wrongForm: "its entries, column starts or codebook have the wrong type or size"
    case .wrongColumnStarts: "its column starts do not rise from 0 to the number of entries"
    case .entryOutside(let column): "an entry of column \(column) lies outside the matrix"
    }
  }
}
