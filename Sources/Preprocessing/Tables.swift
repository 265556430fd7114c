/// The taps of an antialiased resize for the result pixels of one window, as `resize_row` has them.
struct TriangleTable {
  /// First source pixel of each result pixel, relative to the source's origin.
  private(set) var first: [Int32] = []
  /// The most taps that a result pixel has, and how many groups of four those make.
  let taps: Int
  let groups: Int
  /// `groups` times eight numbers a result pixel: the lower 11 bits of four weights in 1/2^22, then
  /// what lies above them.
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
