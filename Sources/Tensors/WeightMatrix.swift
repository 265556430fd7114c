/// The weights of one layer, in the form in which a file stores them.
public enum WeightMatrix: Sendable {
  /// Floating-point values: convolutions `[out, in, height, width]`, fully connected `[out, in]`.
  case dense(FloatTensor)
  /// int8 values of the same shapes; a value is `values[o, ...] * scales[o]`.
  case quantized(values: Tensor, scales: [Float])
  /// A pruned fully connected layer `[out, in]`.
  case sparse(SparseMatrix)

  /// The shape of the matrix with all its elements.
  public var dimensions: [Int] {
    switch self {
    case .dense(let tensor): tensor.shape.dimensions
    case .quantized(let values, _): values.shape.dimensions
    case .sparse(let matrix): [matrix.rows, matrix.columns]
    }
  }

  /// All values as float32, row-major.
  public func floats() -> [Float] {
    switch self {
    case .dense(let tensor):
      return tensor.floats()
    case .quantized(let values, let scales):
      var floats = [Float](repeating: 0, count: values.shape.count)
      var span = floats.mutableSpan
      write(outputs: 0..<scales.count, to: &span)
      return floats
    case .sparse(let matrix):
      return matrix.dense()
    }
  }
}
