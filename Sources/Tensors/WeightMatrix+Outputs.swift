extension WeightMatrix {
  /// Writes the weights of some outputs as float32, row-major. The values are those of
  /// ``floats()``, but no memory for the whole matrix is needed.
  ///
  /// - Parameter target: one value for each weight of these outputs.
  public func write(outputs: Range<Int>, to target: inout MutableSpan<Float>) {
    let perOutput = dimensions.dropFirst().reduce(1, *)
    precondition(target.count == outputs.count * perOutput)
    switch self {
    case .dense(let tensor):
      tensor.write(outputs.lowerBound * perOutput..<outputs.upperBound * perOutput, to: &target)
    case .quantized(let values, let scales):
      for (row, output) in outputs.enumerated() {
        values.write(
          int8: output * perOutput..<(output + 1) * perOutput, scale: scales[output], to: &target,
          at: row * perOutput)
      }
    case .sparse(let matrix):
      matrix.write(rows: outputs, to: &target)
    }
  }
}

extension Tensor {
  /// Writes the int8 values at the positions `range`, each multiplied by `scale`.
  ///
  /// - Parameter start: the position of the first of them in `target`.
  func write(
    int8 range: Range<Int>, scale: Float, to target: inout MutableSpan<Float>, at start: Int
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= self.range.count)
    precondition(start >= 0 && start <= target.count && range.count <= target.count - start)
    // SAFETY: the positions lie inside the tensor's bytes, one a value, and inside the target.
    unsafe storage.withUnsafeBytes(self.range) { bytes in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let bytes = bytes.baseAddress, let target = target.baseAddress else { return }
        let source = unsafe bytes.assumingMemoryBound(to: Int8.self) + range.lowerBound
        let values = unsafe target + start
        for index in 0..<range.count {
          unsafe values[index] = Float(source[index]) * scale
        }
      }
    }
  }
}
