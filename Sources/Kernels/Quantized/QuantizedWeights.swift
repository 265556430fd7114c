/// Weights in 8 bits: a value of output `o` is `values[o, ...] * scales[o]`.
public struct QuantizedWeights: Sendable {
  /// `[out, ...]` as the float weights were.
  public let values: [Int8]
  /// `[out]`.
  public let scales: [Float]

  public init(values: [Int8], scales: [Float]) {
    precondition(!scales.isEmpty && values.count % scales.count == 0)
    self.values = values
    self.scales = scales
  }

  /// Quantises symmetrically to -127 to 127. Each output has a scale, which follows from its
  /// largest magnitude. NaN becomes 0, and so do all weights of an output whose scale would not be
  /// a normal number.
  public init(_ weights: [Float], outputs: Int) {
    precondition(outputs > 0 && weights.count % outputs == 0)
    let length = weights.count / outputs
    var values = [Int8](repeating: 0, count: weights.count)
    var scales = [Float](repeating: 1, count: outputs)
    for output in 0..<outputs {
      let row = output * length..<(output + 1) * length
      var largest: Float = 0
      for index in row { largest = max(largest, abs(weights[index])) }
      // The step would be denormal (all weights are nearly 0) or infinite: all weights become 0.
      guard (largest / 127).isNormal else { continue }
      let inverse = 127 / largest
      scales[output] = largest / 127
      for index in row {
        values[index] = (weights[index] * inverse).roundedToInt8
      }
    }
    self.values = values
    self.scales = scales
  }
}
