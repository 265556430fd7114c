/// The taps of an antialiased resize for some pixels of the result, in the form that `resize_row`
/// reads.
struct TriangleTable {
  /// The first source pixel of each result pixel, counted from `origin`.
  private(set) var first: [Int32] = []
  /// The most taps that a pixel of the result has.
  let taps: Int
  let groups: Int
  /// The weights in units of 2^-22, `[pixels, groups, 8]`: the lower 11 bits of four weights, then
  /// the bits above them.
  let weights: [Int16]

  /// `origin`: the source pixel that the taps are counted from.
  init(_ resize: AxisResize, window: Range<Int>, origin: Int) {
    let triangle = Triangle(resize)
    taps = window.map { triangle.taps(of: $0).count }.max() ?? 0
    groups = (taps + 3) / 4
    var weights = [Int16](repeating: 0, count: 8 * groups * window.count)
    var whole = [Int32](repeating: 0, count: taps)
    first.reserveCapacity(window.count)
    for (index, pixel) in window.enumerated() {
      let range = triangle.taps(of: pixel)
      first.append(Int32(range.lowerBound - origin))
      var span = whole.mutableSpan
      triangle.weigh(pixel, taps: range, into: &span)
      for tap in 0..<range.count {
        let place = 8 * (groups * index + tap / 4) + tap % 4
        weights[place] = Int16(whole[tap] & 0x7FF)
        weights[place + 4] = Int16(whole[tap] >> 11)
      }
    }
    self.weights = weights
  }
}

/// The taps of a bilinear resize without antialiasing for some pixels of the result.
struct LinearTable {
  private(set) var first: [Int32] = []
  private(set) var second: [Int32] = []
  /// The weight of the second tap in units of 1/2048.
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
