public import Threads

/// Pruning of weights by magnitude.
public enum MagnitudePruning {
  /// Magnitudes are compared as the 31 bits below the sign, whose order is that of the numbers: the
  /// upper 16 of them choose a bin, and the lower 15 a place in it.
  private static let lowBits: UInt32 = 15
  private static let bins = 1 << 16

  /// Sets all but `count` weights to 0: those of the largest magnitudes stay. Of equal magnitudes
  /// at the limit, those that come first stay.
  ///
  /// The weights are read three times. Results do not depend on the number of threads.
  ///
  /// - Parameter others: as many values each, such as velocities, which become 0 in the same
  ///   places.
  public static func run(
    keeping count: Int, of weights: FloatBuffer, others: [FloatBuffer] = [], pool: WorkerPool
  ) {
    precondition(count >= 0 && others.allSatisfy { $0.count == weights.count })
    guard count < weights.count else { return }
    let parts = max(1, pool.threads)
    let histograms = Buffer<UInt32>(count: parts * bins)
    func range(_ part: Int) -> Range<Int> {
      part * weights.count / parts..<(part + 1) * weights.count / parts
    }
    // SAFETY, here and below: the ranges lie inside the buffers, and a bin inside its histogram;
    // tasks read and write disjoint parts.
    unsafe pool.runUnchecked(parts) { part in
      let histogram = unsafe histograms.base + part * bins
      for index in range(part) {
        unsafe histogram[Int(magnitude(weights.base[index]) >> lowBits)] += 1
      }
    }
    let (bin, above) = find(count, in: histograms, parts: parts)
    unsafe pool.runUnchecked(parts) { part in
      let histogram = unsafe histograms.base + part * bins
      unsafe histogram.update(repeating: 0, count: bins)
      for index in range(part) {
        let magnitude = unsafe magnitude(weights.base[index])
        if magnitude >> lowBits == bin {
          unsafe histogram[Int(magnitude & (1 << lowBits - 1))] += 1
        }
      }
    }
    let (low, aboveInBin) = find(count - above, in: histograms, parts: parts)
    let limit = UInt32(bin) << lowBits | UInt32(low)
    // How many weights of exactly the limit stay in each part.
    var left = count - above - aboveInBin
    var kept: [Int] = []
    for part in 0..<parts {
      let equal = unsafe Int(histograms.base[part * bins + low])
      kept.append(min(left, equal))
      left -= min(left, equal)
    }
    let keptEqual = kept
    unsafe pool.runUnchecked(parts) { part in
      var equal = keptEqual[part]
      for index in range(part) {
        let magnitude = unsafe magnitude(weights.base[index])
        if magnitude > limit { continue }
        if magnitude == limit, equal > 0 {
          equal -= 1
          continue
        }
        unsafe weights.base[index] = 0
        for other in others { unsafe other.base[index] = 0 }
      }
    }
  }

  private static func magnitude(_ weight: Float) -> UInt32 { weight.bitPattern & 0x7FFF_FFFF }

  /// The bin that the value at place `count`, counted from the largest, is in, and how many values
  /// are in the bins above.
  private static func find(
    _ count: Int, in histograms: Buffer<UInt32>, parts: Int
  ) -> (bin: Int, above: Int) {
    var above = 0
    for bin in (1..<bins).reversed() {
      // SAFETY: every part has a histogram of `bins` values.
      let values = (0..<parts).reduce(0) { unsafe $0 + Int(histograms.base[$1 * bins + bin]) }
      if above + values >= count { return (bin, above) }
      above += values
    }
    return (0, above)
  }
}
