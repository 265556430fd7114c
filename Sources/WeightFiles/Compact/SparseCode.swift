import Tensors

/// The masks and codes of a ``SparseMatrix``, made from all elements of a matrix.
struct SparseCode {
  /// `[columns, maskStride]`.
  private(set) var masks: [UInt8]
  private(set) var codes: [UInt8] = []

  /// - Parameter matrix: the codes from ``Codebook/codes(of:)``, row-major `[rows, columns]`; nil
  ///   for a weight that is 0.
  init(codes matrix: [UInt8?], rows: Int, columns: Int) {
    precondition(matrix.count == rows * columns)
    let stride = SparseMatrix.maskStride(rows: rows)
    masks = [UInt8](repeating: 0, count: columns * stride)
    for column in 0..<columns {
      var isFirstOfPair = true
      for row in 0..<rows {
        guard let code = matrix[row * columns + column] else { continue }
        masks[column * stride + row / 8] |= 1 << (row % 8)
        if isFirstOfPair {
          codes.append(code)
        } else {
          codes[codes.count - 1] |= code << 4
        }
        isFirstOfPair.toggle()
      }
    }
  }
}
