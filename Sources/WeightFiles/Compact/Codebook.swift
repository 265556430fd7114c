/// Sixteen shared values. Each weight of a matrix that is not 0 is replaced by the nearest one.
///
/// As in Deep Compression (Han, Mao and Dally 2016), section 3, k-means clusters the non-zero
/// weights of one layer, and the centres start evenly spread over the range of these weights. With
/// this start, the few large weights get centres of their own. Unlike in the paper, the shared
/// values are not trained further.
struct Codebook {
  static let clusters = 16

  /// Sixteen values in ascending order: the codebook of a ``SparseMatrix``.
  private(set) var centres: [Float]

  /// Clusters `weights`; the same weights give the same centres on every machine.
  init(clustering weights: [Float]) {
    let sorted = weights.filter { $0 != 0 && $0.isFinite }.sorted()
    guard let low = sorted.first, let high = sorted.last else {
      centres = [Float](repeating: 0, count: Self.clusters)
      return
    }
    centres = (0..<Self.clusters).map { index in
      low + (high - low) * Float(index) / Float(Self.clusters - 1)
    }
    // Lloyd's algorithm. The values are sorted, so a cluster is a range of them, and its sum is the
    // difference of two prefix sums.
    var sums = [0.0]
    sums.reserveCapacity(sorted.count + 1)
    for value in sorted { sums.append(sums[sums.count - 1] + Double(value)) }
    var ends: [Int] = []
    for _ in 0..<Self.maxRounds {
      let nextEnds =
        boundaries().map { bound in Self.partition(sorted) { $0 < bound } } + [sorted.count]
      if nextEnds == ends { break }
      ends = nextEnds
      var start = 0
      for (index, end) in ends.enumerated() {
        // The centre of an empty cluster does not move. A later round may give it values again.
        if end > start { centres[index] = Float((sums[end] - sums[start]) / Double(end - start)) }
        start = end
      }
    }
  }

  /// Millions of weights need far fewer rounds until no weight changes its cluster.
  private static let maxRounds = 2000

  /// The values halfway between neighbouring centres: fifteen of them.
  private func boundaries() -> [Float] {
    zip(centres, centres.dropFirst()).map { ($0 + $1) / 2 }
  }

  /// The index of the centre nearest to each weight; nil for weights that are 0.
  func codes(of weights: [Float]) -> [UInt8?] {
    let boundaries = boundaries()
    return weights.map { weight in
      weight == 0 ? nil : UInt8(Self.partition(boundaries) { $0 <= weight })
    }
  }

  /// The number of values at the beginning of `sorted` for which `isBefore` is true. It must be
  /// false for all values after them.
  private static func partition(_ sorted: [Float], _ isBefore: (Float) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
