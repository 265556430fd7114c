/// A pruned and clustered matrix `[rows, columns]`, stored column by column.
///
/// In the mask of a column, one bit for each row says whether the weight is not 0. Each weight that
/// is not 0 has a code of four bits, an index into a codebook of sixteen shared values, as in Deep
/// Compression (Han, Mao and Dally 2016, section 3).
///
/// The matrix is stored column by column, so that a matrix-vector product can skip the columns of
/// activations that are 0. It has masks where Deep Compression has gaps, because vector
/// instructions can expand the weights of a column with a mask.
public struct SparseMatrix: Sendable {
  public let rows: Int
  public let columns: Int
  /// `[columns, maskStride]`, uint8. Bit `r % 8` of byte `r / 8` is the bit of row `r`.
  public let masks: Tensor
  /// uint8: an index into `codebook` for each bit that is set, column by column. A byte has two
  /// codes, the first in its lower half. Every column begins with a new byte.
  public let codes: Tensor
  /// `[columns + 1]`: the position of each column's first byte in `codes`. The last element is the
  /// size of `codes`.
  public let codeStarts: [UInt32]
  /// Sixteen shared values.
  public let codebook: [Float]

  /// The bytes of one column's mask. It is padded with zeros to a multiple of 64 rows.
  public static func maskStride(rows: Int) -> Int { (rows + 63) / 64 * 8 }

  /// Kernels count rows in 16 bits.
  public static let maxRows = Int(UInt16.max)

  /// - Parameters:
  ///   - masks: uint8, not copied.
  ///   - codes: uint8, not copied.
  ///   - codebook: sixteen values.
  /// - Throws: ``SparseMatrixError`` if types or sizes do not fit each other, if a mask has bits
  ///   after the last row, or if the number of codes does not fit the number of bits.
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
    // If the sum does not fit 32 bits, the starts above have wrapped around.
    guard start <= UInt32.max else { throw .wrongForm }
    return starts
  }

  /// The number of bits that are set in a mask. Every model that is opened counts megabytes of
  /// masks, and the compiler vectorises the loop better with a 16-bit sum. A mask has at most 65
  /// 535 bits.
  private static func bitCount(_ mask: Span<UInt8>) -> Int {
    var count: UInt16 = 0
    for index in mask.indices { count &+= UInt16(truncatingIfNeeded: mask[index].nonzeroBitCount) }
    return Int(count)
  }

  /// The matrix written out in full, row-major `[rows, columns]`.
  public func dense() -> [Float] {
    var values = [Float](repeating: 0, count: rows * columns)
    var span = values.mutableSpan
    write(rows: 0..<rows, to: &span)
    return values
  }

  /// Writes some of the rows in full, zeros included: `[range.count, columns]`, row-major.
  public func write(rows range: Range<Int>, to target: inout MutableSpan<Float>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    precondition(target.count == range.count * columns)
    for index in target.indices { target[index] = 0 }
    let stride = Self.maskStride(rows: rows)
    let firstByte = range.lowerBound / 8
    masks.withBytes { masks in
      codes.withBytes { codes in
        for column in 0..<columns {
          let mask = masks.extracting(column * stride..<(column + 1) * stride)
          // The codes of the rows before `range` come first in the column.
          var entry = 2 * Int(codeStarts[column])
          for byte in 0..<firstByte { entry += mask[byte].nonzeroBitCount }
          for row in 8 * firstByte..<range.upperBound where mask[row / 8] >> (row % 8) & 1 == 1 {
            if row >= range.lowerBound {
              let code = codes[entry / 2] >> (4 * (entry % 2)) & 15
              target[(row - range.lowerBound) * columns + column] = codebook[Int(code)]
            }
            entry += 1
          }
        }
      }
    }
  }
}

/// Why data is not a valid ``SparseMatrix``.
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
