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
      values.withBytes { bytes in
        for (row, output) in outputs.enumerated() {
          let scale = scales[output]
          let source = bytes.extracting(output * perOutput..<(output + 1) * perOutput)
          for index in source.indices {
            target[row * perOutput + index] = Float(Int8(bitPattern: source[index])) * scale
          }
        }
      }
    case .sparse(let matrix):
      matrix.write(rows: outputs, to: &target)
    }
  }
}
