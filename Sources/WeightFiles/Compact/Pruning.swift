/// How to prune a matrix: which of its weights are kept. All other weights become 0.
///
/// The weights with the largest magnitudes are kept, as in "Learning both Weights and Connections
/// for Efficient Neural Networks" (Han, Pool, Tran and Dally 2015). The paper then trains the kept
/// weights further; this code does not.
public struct Pruning: Sendable, Equatable {
  /// The share of the weights of the matrix that are kept: 0 to 1.
  public var share: Double
  /// Whether a matrix is left as it is if at least half of its weights are 0. Such a matrix was
  /// pruned in training, and removing more of its weights would only cost accuracy.
  public var keepsMostlyZeroMatrices: Bool

  public init(share: Double, keepsMostlyZeroMatrices: Bool = false) {
    self.share = share
    self.keepsMostlyZeroMatrices = keepsMostlyZeroMatrices
  }

  /// Sets all weights except the largest ones to 0. The weights must be finite.
  ///
  /// Weights that are 0 already count as removed: if the matrix has fewer other weights than may be
  /// kept, all of those are kept.
  func apply(to weights: inout [Float]) {
    if keepsMostlyZeroMatrices {
      let nonZeros = weights.count { $0 != 0 }
      if 2 * nonZeros <= weights.count { return }
    }
    let count = Int((Double(weights.count) * min(max(share, 0), 1)).rounded())
    guard count < weights.count else { return }
    var (threshold, equals) = Self.threshold(weights, keeping: count)
    for index in weights.indices {
      let magnitude = weights[index].magnitude.bitPattern
      if magnitude > threshold { continue }
      // Many weights may have exactly this magnitude. Only as many of them are kept as `count`
      // allows.
      if magnitude == threshold && equals > 0 {
        equals -= 1
      } else {
        weights[index] = 0
      }
    }
  }

  /// The smallest magnitude that is kept, as the bits of a float, and how many weights of exactly
  /// that magnitude are kept.
  ///
  /// Magnitudes have the same order as their bits, so the threshold can be found by counting, which
  /// is faster than sorting millions of weights. The first pass counts the weights by the upper 16
  /// bits of their magnitudes. The second pass counts those with the threshold's upper half by
  /// their lower 16 bits.
  private static func threshold(
    _ weights: [Float], keeping count: Int
  ) -> (bits: UInt32, equals: Int) {
    guard count > 0 else { return (.max, 0) }
    var counts = [Int](repeating: 0, count: 1 << 16)
    for weight in weights { counts[Int(weight.magnitude.bitPattern >> 16)] += 1 }
    let upper = bin(ofRank: count, in: counts)
    counts = [Int](repeating: 0, count: 1 << 16)
    for weight in weights {
      let bits = weight.magnitude.bitPattern
      if bits >> 16 == UInt32(upper.index) { counts[Int(bits & 0xFFFF)] += 1 }
    }
    let lower = bin(ofRank: upper.rank, in: counts)
    return (UInt32(upper.index) << 16 | UInt32(lower.index), lower.rank)
  }

  /// The bin of a histogram that holds the `rank`-th largest value, counted from 1, and the rank of
  /// that value within the bin.
  private static func bin(ofRank rank: Int, in counts: [Int]) -> (index: Int, rank: Int) {
    var rank = rank
    for index in counts.indices.reversed() {
      if rank <= counts[index] { return (index, rank) }
      rank -= counts[index]
    }
    return (0, rank)
  }
}
