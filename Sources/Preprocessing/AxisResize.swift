/// A resize along one axis: `source` pixels, of which the picture proper is `extent` from `start`
/// on, become `target` pixels.
///
/// The extent is a fraction for pictures decoded at a reduced scale, whose last pixel (or first,
/// where they were turned) stands for fewer pixels of the file than the others.
struct AxisResize: Hashable {
  let source: Int
  let start: Double
  let extent: Double
  let target: Int
  let antialias: Bool

  /// `extent` nil: all of `source`.
  init(
    source: Int, extent: Double? = nil, isAtEnd: Bool = false, target: Int, antialias: Bool
  ) {
    self.source = source
    // Pillow keeps its box in single precision, and subtracts in it.
    let length = Float(extent ?? Double(source))
    let first = isAtEnd ? max(0, Float(source) - length) : 0
    start = Double(first)
    self.extent = isAtEnd ? Double(Float(source) - first) : min(Double(length), Double(source))
    self.target = target
    self.antialias = antialias
  }

  /// True where every result pixel is the source pixel of the same place.
  var isIdentity: Bool { source == target && extent == Double(source) }

  /// The most source pixels that one result pixel is computed from.
  var tapLimit: Int { antialias ? min(Triangle(self).tapLimit, source) : 2 }

  /// The source pixels that the result's pixels in `wanted` (not empty) are computed from.
  func sourceWindow(for wanted: Range<Int>) -> Range<Int> {
    if isIdentity { return wanted }
    if antialias {
      let triangle = Triangle(self)
      return triangle.taps(of: wanted.lowerBound)
        .lowerBound..<triangle.taps(of: wanted.upperBound - 1).upperBound
    }
    return linearTap(of: wanted.lowerBound).first..<linearTap(of: wanted.upperBound - 1).second + 1
  }

  /// The two source pixels of an unfiltered bilinear resize and the second one's share in 1/2048.
  ///
  /// As OpenCV's INTER_LINEAR for 8-bit pictures (`imgproc/src/resize.cpp`): pixel centres lie at
  /// halves, the position is a float, and the share is rounded half to even.
  func linearTap(of pixel: Int) -> (first: Int, second: Int, share: Int) {
    let scale = extent / Double(target)
    let position = Float(start + (Double(pixel) + 0.5) * scale - 0.5)
    let floor = position.rounded(.down)
    let first = Int(floor)
    if first < 0 { return (0, 0, 0) }
    if first >= source - 1 { return (source - 1, source - 1, 0) }
    return (first, first + 1, Int(((position - floor) * 2048).rounded(.toNearestOrEven)))
  }
}

/// The triangle filter of an antialiased bilinear resize: as wide as two source pixels where the
/// picture grows, as two result pixels where it shrinks.
///
/// The arithmetic, its order and its roundings are those of Pillow's BILINEAR
/// (`src/libImaging/Resample.c`, `precompute_coeffs`), so that results agree bit for bit.
struct Triangle {
  private let source: Int
  private let start: Double
  private let scale: Double
  private let width: Double

  init(_ resize: AxisResize) {
    source = resize.source
    start = resize.start
    scale = resize.extent / Double(resize.target)
    width = max(scale, 1)
  }

  /// The most taps that any pixel has.
  var tapLimit: Int { Int(width.rounded(.up)) * 2 + 1 }

  private func center(of pixel: Int) -> Double { start + (Double(pixel) + 0.5) * scale }

  /// The source pixels under the filter when it is centred on a result pixel.
  func taps(of pixel: Int) -> Range<Int> {
    let center = center(of: pixel)
    let first = max(0, Int(center - width + 0.5))
    let end = min(source, Int(center + width + 0.5))
    return first..<max(first, end)
  }

  /// Writes the weights of `taps(of: pixel)` in 1/2^22; their sum is 2^22 but for
  /// rounding.
  func weigh(
    _ pixel: Int, taps: Range<Int>, into weights: inout MutableSpan<Int32>
  ) {
    let center = center(of: pixel)
    let slope = 1 / width
    func weight(_ tap: Int) -> Double {
      max(0, 1 - abs((Double(tap) - center + 0.5) * slope))
    }
    var sum = 0.0
    for tap in taps { sum += weight(tap) }
    for tap in taps {
      let share = sum == 0 ? 0 : weight(tap) / sum
      weights[tap - taps.lowerBound] = Int32(0.5 + share * Double(1 << 22))
    }
  }
}
