/// The taps of an antialiased resize for the result pixels of one window.
struct TriangleTable {
  /// First source pixel and number of taps, a result pixel each; relative to the source's origin.
  private(set) var first: [Int32] = []
  private(set) var count: [Int32] = []
  /// `stride` entries a result pixel, in 1/2^22.
  let weights: [Int32]
  let stride: Int

  /// `origin`: the source pixel that the taps are counted from.
  init(_ resize: AxisResize, window: Range<Int>, origin: Int) {
    let triangle = Triangle(resize)
    stride = min(triangle.tapLimit, resize.source)
    var weights = [Int32](repeating: 0, count: stride * window.count)
    var span = weights.mutableSpan
    first.reserveCapacity(window.count)
    count.reserveCapacity(window.count)
    for (row, pixel) in window.enumerated() {
      let taps = triangle.taps(of: pixel)
      first.append(Int32(taps.lowerBound - origin))
      count.append(Int32(taps.count))
      triangle.weigh(pixel, taps: taps, into: &span, at: row * stride)
    }
    self.weights = weights
  }
}

/// The taps of an unfiltered bilinear resize for the result pixels of one window.
struct LinearTable {
  private(set) var first: [Int32] = []
  private(set) var second: [Int32] = []
  /// The second tap's share in 1/2048.
  private(set) var share: [Int32] = []

  /// `origin`: the source pixel that the taps are counted from.
  init(_ resize: AxisResize, window: Range<Int>, origin: Int) {
    for pixel in window {
      let tap = resize.linearTap(of: pixel)
      first.append(Int32(tap.first - origin))
      second.append(Int32(tap.second - origin))
      share.append(Int32(tap.share))
    }
  }
}
