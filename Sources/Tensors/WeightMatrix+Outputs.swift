extension WeightMatrix {
  /// Writes the weights of some outputs as float32, row-major: what ``floats()`` gives of them,
  /// without the memory for all.
  ///
  /// - Parameter target: as long as the outputs' weights are together.
  public func write(outputs: Range<Int>, to target: inout MutableSpan<Float>) {
    let perOutput = dimensions.dropFirst().reduce(1, *)
    precondition(target.count == outputs.count * perOutput)
    let range = outputs.lowerBound * perOutput..<outputs.upperBound * perOutput
    switch self {
    case .dense(let tensor):
      tensor.write(range, to: &target)
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
      let dense = matrix.dense()
      for (index, position) in range.enumerated() { target[index] = dense[position] }
    }
  }
}
