public import Threads

/// Inverted dropout: while training, each value is kept with probability `1 - rate` and divided by
/// that, or becomes 0; in use, nothing is done (Srivastava et al. 2014).
public struct Dropout: Sendable, Hashable {
  public var rate: Float

  public init(rate: Float = 0.5) {
    precondition(rate >= 0 && rate < 1)
    self.rate = rate
  }

  /// Which values of a batch are kept: a byte each, `[images, length]`, 1 for kept and 0 for
  /// dropped.
  public typealias Mask = Buffer<UInt8>

  /// Draws a mask. Each value depends on the seed and its place alone, not on the number of
  /// threads.
  public func draw(_ mask: Mask, seed: UInt64, pool: WorkerPool) {
    // The 32 upper bits of a random word are below this with probability `rate`.
    let limit = UInt64((Double(rate) * 0x1p32).rounded())
    let part = 1 << 14
    unsafe pool.runUnchecked((mask.count + part - 1) / part) { task in
      let range = task * part..<min((task + 1) * part, mask.count)
      mask.withMutableSpan(range) { span in
        for index in 0..<span.count {
          let place = UInt64(truncatingIfNeeded: range.lowerBound + index)
          span[index] = Self.random(seed: seed, place: place) >> 32 < limit ? 0 : 1
        }
      }
    }
  }

  /// The number at a place of the sequence SplitMix64 (Steele, Lea and Flood 2014).
  private static func random(seed: UInt64, place: UInt64) -> UInt64 {
    var z = seed &+ (place &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Drops values of the first `images` rows, in place.
  ///
  /// The gradient is the same function of the output's gradient. What is dropped becomes 0 even
  /// where it is NaN.
  public func run(_ values: Matrix, mask: Mask, images: Int, pool: WorkerPool) {
    precondition(images <= values.rows && mask.count >= images * values.columns)
    let factor = 1 / (1 - rate)
    unsafe pool.runUnchecked(images) { image in
      // SAFETY: the row and its part of the mask lie inside, checked above; tasks write disjoint
      // rows.
      let row = unsafe values.row(image)
      let kept = unsafe UnsafePointer(mask.base + image * values.columns)
      for column in 0..<values.columns {
        // Both are computed, so that many columns are done at once.
        let value = unsafe row[column] * factor
        unsafe row[column] = kept[column] == 0 ? 0 : value
      }
    }
  }
}
