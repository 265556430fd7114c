extension WeightMatrix {
  /// The gradient of a fully connected layer with respect to some of its inputs: for input `i`, the
  /// sum over the outputs `o` of `outputGradient[o] * weights[o, i]`. Outputs whose gradient is 0
  /// are not read.
  ///
  /// - Parameters:
  ///   - outputGradient: one value for each output.
  ///   - inputs: which inputs. Different parts can be computed at the same time.
  public func inputGradient(_ outputGradient: [Float], inputs: Range<Int>) -> [Float] {
    let perOutput = dimensions.dropFirst().reduce(1, *)
    precondition(dimensions.first == outputGradient.count)
    precondition(inputs.lowerBound >= 0 && inputs.upperBound <= perOutput)
    if case .sparse(let matrix) = self {
      return inputs.map { matrix.product(column: $0, outputGradient) }
    }
    var sums = [Float](repeating: 0, count: inputs.count)
    var row = sums
    for (output, gradient) in outputGradient.enumerated() where gradient != 0 {
      let start = output * perOutput
      let positions = start + inputs.lowerBound..<start + inputs.upperBound
      var factor = gradient
      do {
        var target = row.mutableSpan
        switch self {
        case .dense(let tensor): tensor.write(positions, to: &target)
        case .quantized(let values, let scales):
          values.write(int8: positions, scale: 1, to: &target, at: 0)
          factor *= scales[output]
        case .sparse: continue
        }
      }
      for index in sums.indices { sums[index] += factor * row[index] }
    }
    return sums
  }
}

extension SparseMatrix {
  /// The sum over the rows of `factors[row]` times the value of the row in `column`.
  fileprivate func product(column: Int, _ factors: [Float]) -> Float {
    let stride = Self.maskStride(rows: rows)
    var sum: Float = 0
    masks.withBytes { masks in
      codes.withBytes { codes in
        let mask = masks.extracting(column * stride..<(column + 1) * stride)
        var entry = 2 * Int(codeStarts[column])
        for byte in mask.indices {
          var bits = mask[byte]
          while bits != 0 {
            let row = 8 * byte + bits.trailingZeroBitCount
            let code = codes[entry / 2] >> (4 * (entry % 2)) & 15
            sum += factors[row] * codebook[Int(code)]
            entry += 1
            bits &= bits - 1
          }
        }
      }
    }
    return sum
  }
}
