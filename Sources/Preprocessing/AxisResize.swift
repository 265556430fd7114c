/// A resize along one axis: `extent` pixels from `start` on, in a source of `source` pixels, become
/// `target` pixels.
///
/// The extent is not a whole number for a picture that was decoded at a reduced scale, if its last
/// pixel (or its first, if the picture was turned) represents fewer pixels of the file than the
/// others.
struct AxisResize: Hashable {
  let source: Int
  let start: Double
  let extent: Double
  let target: Int
  let antialias: Bool

  /// - Parameter extent: nil for all of `source`.
  init(
    source: Int, extent: Double? = nil, isAtEnd: Bool = false, target: Int, antialias: Bool
  ) {
    self.source = source
    // Pillow stores the box in single precision and subtracts in single precision.
    let length = Float(extent ?? Double(source))
    let first = isAtEnd ? max(0, Float(source) - length) : 0
    start = Double(first)
    self.extent = isAtEnd ? Double(Float(source) - first) : min(Double(length), Double(source))
    self.target = target
    self.antialias = antialias
  }

  /// Whether every pixel of the result is the source pixel at the same position.
  var isIdentity: Bool { source == target && extent == Double(source) }

  /// The most source pixels from which one pixel of the result is computed.
  var tapLimit: Int { antialias ? min(Triangle(self).tapLimit, source) : 2 }

  /// The source pixels from which the pixels `wanted` of the result are computed. `wanted` must not
  /// be empty.
  func sourceWindow(for wanted: Range<Int>) -> Range<Int> {
    if isIdentity { return wanted }
    if antialias {
      let triangle = Triangle(self)
      return triangle.taps(of: wanted.lowerBound)
        .lowerBound..<triangle.taps(of: wanted.upperBound - 1).upperBound
    }
    return linearTap(of: wanted.lowerBound).first..<linearTap(of: wanted.upperBound - 1).second + 1
  }

  /// The two source pixels of a bilinear resize without antialiasing, and the weight of the second
  /// one in units of 1/2048.
  ///
  /// It computes the same as OpenCV's INTER_LINEAR for 8-bit pictures (`imgproc/src/resize.cpp`):
  /// the centre of pixel i is at i + 0.5, positions are in single precision, and the weight is
  /// rounded half to even.
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

/// The triangle filter of an antialiased bilinear resize. It is two source pixels wide if the
/// picture is enlarged, and two result pixels wide if it is reduced.
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

  /// The most taps that a pixel of the result can have.
  var tapLimit: Int { Int(width.rounded(.up)) * 2 + 1 }

  private func center(of pixel: Int) -> Double { start + (Double(pixel) + 0.5) * scale }

  /// The source pixels under the filter if it is centred on a pixel of the result.
  func taps(of pixel: Int) -> Range<Int> {
    let center = center(of: pixel)
    let first = max(0, Int(center - width + 0.5))
    let end = min(source, Int(center + width + 0.5))
    return first..<max(first, end)
  }

  /// Writes the weights of `taps(of: pixel)` in units of 2^-22. Their sum is 2^22 apart from
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
