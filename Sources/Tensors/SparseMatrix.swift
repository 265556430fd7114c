/// A pruned and clustered matrix `[rows, columns]`, stored and run column by column.
///
/// A bit a row says which weights are not 0, and four bits for each of these which of sixteen
/// shared values it is. The shared values are Deep Compression's (Han, Mao and Dally 2016, section
/// 3). Columns come first, so that a zero activation skips its whole column, and there are masks in
/// the place of Deep Compression's gaps, because vector instructions expand a column's weights by
/// them.
public struct SparseMatrix: Sendable {
  public let rows: Int
  public let columns: Int
  /// `[columns, maskStride]`, uint8: bit `r % 8` of byte `r / 8` stands for row `r`.
  public let masks: Tensor
  /// uint8: an index into `codebook` for each set row, column by column, two in a byte, the first
  /// in its low half. Every column starts a byte.
  public let codes: Tensor
  /// `[columns + 1]`: where each column's codes start; the last is the size of `codes`.
  public let codeStarts: [UInt32]
  /// Sixteen shared values.
  public let codebook: [Float]

  /// Bytes of a column's mask, which is filled up to 64 rows with zeros.
  public static func maskStride(rows: Int) -> Int { (rows + 63) / 64 * 8 }

  /// Kernels count rows in 16 bits.
  public static let maxRows = Int(UInt16.max)

  /// - Parameters:
  ///   - masks: uint8, kept where they lie.
  ///   - codes: uint8, kept where they lie.
  ///   - codebook: sixteen values.
  /// - Throws: ``SparseMatrixError`` when types or sizes do not fit, when a mask has bits past the
  ///   last row, and when there are more or fewer codes than bits.
  public init(
    rows: Int, columns: Int, masks: Tensor, codes: Tensor, codebook: [Float]
  ) throws(SparseMatrixError) {
    guard rows > 0, rows <= Self.maxRows, columns > 0, masks.elementType == .uint8,
      masks.shape.dimensions == [columns, Self.maskStride(rows: rows)],
      codes.elementType == .uint8, codes.shape.dimensions.count == 1,
      codes.shape.count <= UInt32.max, codebook.count == 16
    else { throw .wrongForm }
    self.rows = rows
    self.columns = columns
    self.masks = masks
    self.codes = codes
    self.codebook = codebook
    codeStarts = try masks.withBytes { bytes throws(SparseMatrixError) in
      try Self.codeStarts(bytes, rows: rows, columns: columns)
    }
    guard Int(codeStarts[columns]) == codes.shape.count else {
      throw .wrongCodes(expected: Int(codeStarts[columns]), found: codes.shape.count)
    }
  }

  private static func codeStarts(
    _ masks: Span<UInt8>, rows: Int, columns: Int
  ) throws(SparseMatrixError) -> [UInt32] {
    let stride = maskStride(rows: rows)
    var starts: [UInt32] = [0]
    starts.reserveCapacity(columns + 1)
    var start = 0
    for column in 0..<columns {
      let mask = masks.extracting(column * stride..<(column + 1) * stride)
      if rows % 64 != 0 {
        let past = rows / 8
        var bits = mask[past] >> (rows % 8)
        for byte in past + 1..<stride { bits |= mask[byte] }
        guard bits == 0 else { throw .rowOutside(column: column) }
      }
      start += (bitCount(mask) + 1) / 2
      starts.append(UInt32(truncatingIfNeeded: start))
    }
    // The sum, which the number of codes is compared with, must not have wrapped round.
    guard start <= UInt32.max else { throw .wrongForm }
    return starts
  }

  /// Megabytes of masks are counted whenever a model opens: in 16 bits, for the vectoriser. A mask
  /// is too short to have more bits than that.
  private static func bitCount(_ mask: Span<UInt8>) -> Int {
    var count: UInt16 = 0
    for index in mask.indices { count &+= UInt16(truncatingIfNeeded: mask[index].nonzeroBitCount) }
    return Int(count)
  }

  /// The matrix written out in full, row-major `[rows, columns]`.
  public func dense() -> [Float] {
    let stride = Self.maskStride(rows: rows)
    var values = [Float](repeating: 0, count: rows * columns)
    masks.withBytes { masks in
      codes.withBytes { codes in
        for column in 0..<columns {
          var entry = 2 * Int(codeStarts[column])
          for row in 0..<rows where masks[column * stride + row / 8] >> (row % 8) & 1 == 1 {
            let code = codes[entry / 2] >> (4 * (entry % 2)) & 15
            values[row * columns + column] = codebook[Int(code)]
            entry += 1
          }
        }
      }
    }
    return values
  }
}

/// Why bytes are no ``SparseMatrix``.
public enum SparseMatrixError: Error, Equatable, CustomStringConvertible {
  case wrongForm
  case rowOutside(column: Int)
  case wrongCodes(expected: Int, found: Int)

  public var description: String {
    switch self {
    case .wrongForm: "its masks, codes or codebook have the wrong type or size"
    case .rowOutside(let column): "the mask of column \(column) has bits past the last row"
    case .wrongCodes(let expected, let found):
      "its masks ask for \(expected) bytes of codes, and there are \(found)"
    }
  }
}
