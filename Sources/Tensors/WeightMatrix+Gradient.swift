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
      return matrix.products(columns: inputs, outputGradient)
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
  /// For each column, the sum over the rows of `factors[row]` times the value of the row.
  fileprivate func products(columns: Range<Int>, _ factors: [Float]) -> [Float] {
    let words = Self.maskStride(rows: rows) / 8
    // A bit for each row whose factor is not 0, in the order of the masks. Only these rows matter,
    // and after a ReLU they are few.
    var active = [UInt64](repeating: 0, count: words)
    for (row, factor) in factors.enumerated() where factor != 0 {
      active[row / 64] |= 1 << UInt64(row % 64)
    }
    var sums: [Float] = []
    sums.reserveCapacity(columns.count)
    masks.withBytes { masks in
      codes.withBytes { codes in
        for column in columns {
          var sum: Float = 0
          // The number of the first code of the next word.
          var entry = 2 * Int(codeStarts[column])
          for word in 0..<words {
            let first = (column * words + word) * 8
            var mask: UInt64 = 0
            for byte in 0..<8 { mask |= UInt64(masks[first + byte]) << UInt64(8 * byte) }
            if mask == 0 { continue }
            var wanted = mask & active[word]
            while wanted != 0 {
              let bit = wanted.trailingZeroBitCount
              let before = mask & (wanted & (0 &- wanted) &- 1)
              let code = entry + before.nonzeroBitCount
              sum +=
                factors[64 * word + bit] * codebook[Int(codes[code / 2] >> (4 * (code % 2)) & 15)]
              wanted &= wanted &- 1
            }
            entry += mask.nonzeroBitCount
          }
          sums.append(sum)
        }
      }
    }
    return sums
  }
}
