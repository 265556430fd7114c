import Tensors
import Testing

@Suite struct SparseMatrixTests {
  /// Ten rows and two columns. Column 0 has values in rows 0, 7, 8 and 9, column 1 in row 8.
  private func matrix() throws -> SparseMatrix {
    var masks = [UInt8](repeating: 0, count: 16)
    masks[0] = 0b1000_0001
    masks[1] = 0b11
    masks[9] = 0b1
    let codes: [UInt8] = [0x21, 0x43, 0x05]
    return try SparseMatrix(
      rows: 10, columns: 2, masks: Tensor(bytes: masks, .uint8, shape: [2, 8]),
      codes: Tensor(bytes: codes, .uint8, shape: [3]), codebook: (0..<16).map { Float($0) })
  }

  @Test("every weight is in its row and column")
  func dense() throws {
    var expected = [Float](repeating: 0, count: 20)
    for (row, value) in [(0, Float(1)), (7, 2), (8, 3), (9, 4)] { expected[2 * row] = value }
    expected[2 * 8 + 1] = 5
    #expect(try matrix().dense() == expected)
  }

  @Test(
    "some outputs are the same rows of the whole matrix, over whatever the memory held",
    arguments: [0..<10, 0..<1, 3..<8, 7..<9, 8..<10, 9..<10, 5..<5])
  func outputs(range: Range<Int>) throws {
    let matrix = try matrix()
    var values = [Float](repeating: .nan, count: range.count * 2)
    var span = values.mutableSpan
    WeightMatrix.sparse(matrix).write(outputs: range, to: &span)
    #expect(values == Array(matrix.dense()[2 * range.lowerBound..<2 * range.upperBound]))
  }
}
