/// Which weights of a matrix stay; all others become 0.
///
/// The largest ones, as in "Learning both Weights and Connections for Efficient Neural Networks"
/// (Han, Pool, Tran and Dally 2015), but without the training afterwards.
public struct Pruning: Sendable, Equatable {
  /// How many stay, of all weights of the matrix: 0 to 1.
  public var share: Double
  /// Leaves a matrix as it is where most of its weights are 0: it was pruned in training, and fewer
  /// weights than it was trained with would only make it worse.
  public var sparesPruned: Bool

  public init(share: Double, sparesPruned: Bool = false) {
    self.share = share
    self.sparesPruned = sparesPruned
  }

  /// The share of weights that are not 0 up to which a matrix counts as pruned.
  private static let prunedDensity = 0.5

  /// Sets all but the largest finite `weights` to 0. Those that are 0 already are the first to go:
  /// a matrix that has fewer others than may stay keeps them all.
  func apply(to weights: inout [Float]) {
    if sparesPruned {
      let nonZeros = weights.count { $0 != 0 }
      if Double(nonZeros) <= Self.prunedDensity * Double(weights.count) { return }
    }
    let count = Int((Double(weights.count) * min(max(share, 0), 1)).rounded())
    guard count < weights.count else { return }
    var (threshold, equals) = Self.threshold(weights, keeping: count)
    for index in weights.indices {
      let magnitude = weights[index].magnitude.bitPattern
      if magnitude > threshold { continue }
      // Weights that share few values would all go at once, were the equals not counted.
      if magnitude == threshold && equals > 0 {
        equals -= 1
      } else {
        weights[index] = 0
      }
    }
  }

  /// The magnitude of the smallest weight that stays, as the bits of a float, and how many of that
  /// magnitude stay.
  ///
  /// Magnitudes have the order of their bits. The weights are counted by the upper half of them,
  /// then those at the threshold by the lower half: millions need not be sorted.
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

  /// The bin that holds the value of that rank, counted from 1 at the last bin, and its rank in
  /// there.
  private static func bin(ofRank rank: Int, in counts: [Int]) -> (index: Int, rank: Int) {
    var rank = rank
    for index in counts.indices.reversed() {
      if rank <= counts[index] { return (index, rank) }
      rank -= counts[index]
    }
    return (0, rank)
  }
}
