import Tensors
import Testing

@Suite struct InputGradientTests {
  private static let outputs = 5
  private static let inputs = 7
  private static let gradient: [Float] = [0.5, 0, -1, 0, 2]

  /// Whole numbers, so that sums are exact.
  private static func value(_ output: Int, _ input: Int) -> Float {
    Float((output * 31 + input * 17) % 11 - 5)
  }

  /// The gradient as it is defined, for weights that are read one by one.
  private func expected(_ weight: (Int, Int) -> Float) -> [Float] {
    (0..<Self.inputs).map { input in
      (0..<Self.outputs).reduce(0) { $0 + Self.gradient[$1] * weight($1, input) }
    }
  }

  private func found(_ matrix: WeightMatrix) -> [Float] {
    // In parts, as threads ask for it.
    [0..<3, 3..<3, 3..<7].flatMap { matrix.inputGradient(Self.gradient, inputs: $0) }
  }

  @Test("the gradient of dense weights is a sum over the outputs")
  func dense() throws {
    let values = (0..<Self.outputs * Self.inputs).map { Self.value($0 / 7, $0 % 7) }
    let matrix = WeightMatrix.dense(try FloatTensor(values, shape: [5, 7]))
    #expect(found(matrix) == expected(Self.value))
  }

  @Test("the gradient of int8 weights counts the scale of each output")
  func quantized() throws {
    let scales: [Float] = [1, 2, 0.5, 4, 0.25]
    let values = (0..<Self.outputs * Self.inputs).map { Int8(Self.value($0 / 7, $0 % 7)) }
    let matrix = WeightMatrix.quantized(
      values: Tensor(int8: values, shape: try Shape([5, 7])), scales: scales)
    #expect(found(matrix) == expected { Self.value($0, $1) * scales[$0] })
  }

  @Test("the gradient of pruned weights walks through the values that are there")
  func sparse() throws {
    // Every column has rows 1, 2 and 4; the codes of a column fill two bytes.
    var masks = [UInt8](repeating: 0, count: 7 * 8)
    var codes: [UInt8] = []
    for column in 0..<7 {
      masks[column * 8] = 0b10110
      codes += [UInt8(column + 1) << 4 | UInt8(column), UInt8(column + 2)]
    }
    let sparse = try SparseMatrix(
      rows: 5, columns: 7, masks: Tensor(bytes: masks, .uint8, shape: [7, 8]),
      codes: Tensor(bytes: codes, .uint8, shape: [14]), codebook: (0..<16).map { Float($0) - 3 })
    let whole = sparse.dense()
    #expect(found(.sparse(sparse)) == expected { whole[$0 * 7 + $1] })
    #expect(found(.sparse(sparse)).contains { $0 != 0 })
  }
}
