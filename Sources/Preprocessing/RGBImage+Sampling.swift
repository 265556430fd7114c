import CResize
public import Images

/// A part of a picture to sample, perhaps scaled, turned or mirrored.
///
/// Positions are in pixels of the picture, measured from its upper left corner: pixel `i` covers
/// `i` to `i + 1`.
public struct AffineWindow: Sendable, Equatable {
  /// The middle of the part.
  public var center: SIMD2<Double>
  /// From a pixel of the result to the next one of its row.
  public var column: SIMD2<Double>
  /// From a row of the result to the next one.
  public var row: SIMD2<Double>

  public init(center: SIMD2<Double>, column: SIMD2<Double>, row: SIMD2<Double>) {
    self.center = center
    self.column = column
    self.row = row
  }
}

/// A change of colours: a pixel becomes `red * its red + green * its green + blue * its blue +
/// offset`, 0 to 255.
public struct ColorChange: Sendable, Equatable {
  public var red: SIMD3<Float>
  public var green: SIMD3<Float>
  public var blue: SIMD3<Float>
  public var offset: SIMD3<Float>

  public init(
    red: SIMD3<Float>, green: SIMD3<Float>, blue: SIMD3<Float>, offset: SIMD3<Float>
  ) {
    self.red = red
    self.green = green
    self.blue = blue
    self.offset = offset
  }

  /// `[4][3]`, as the kernel reads it.
  fileprivate var values: [Float] {
    [red, green, blue, offset].flatMap { [$0.x, $0.y, $0.z] }
  }
}

extension RGBImage {
  /// The whole picture brought to `size` x `size` pixels by bilinear interpolation, without
  /// antialiasing, as ``sampled(_:width:height:change:)`` does.
  public func scaled(to size: Int) -> RGBImage {
    sampled(
      AffineWindow(
        center: [Double(width) / 2, Double(height) / 2],
        column: [Double(width) / Double(size), 0], row: [0, Double(height) / Double(size)]),
      width: size, height: size)
  }

  /// `width` x `height` pixels of a part of this picture by bilinear interpolation, rounded to
  /// nearest. What lies outside of the picture is like the nearest pixel of its edge.
  ///
  /// - Parameter change: for the mean colour of the part, how its colours change; nil for no
  /// change.
  public func sampled(
    _ window: AffineWindow, width: Int, height: Int,
    change: (_ mean: SIMD3<Double>) -> ColorChange? = { _ in nil }
  ) -> RGBImage {
    precondition(width > 0 && height > 0 && self.width <= 1 << 24 && self.height <= 1 << 24)
    let (columns, rows) = (Double(width - 1) / 2, Double(height - 1) / 2)
    // Pixel `i` has its centre at `i + 0.5`.
    let first = window.center - columns * window.column - rows * window.row - 0.5
    let count = width * height
    // SAFETY: both functions write exactly the `count` pixels that `buffer` has room for, and read
    // `pixels`, which holds `width * height` of them.
    let result = unsafe [UInt8](unsafeUninitializedCapacity: 3 * count) { buffer, size in
      guard let target = buffer.baseAddress else { return }
      size = 3 * count
      var sums: [UInt64] = [0, 0, 0]
      unsafe pixels.withUnsafeBufferPointer { source in
        var part = unsafe sample_window()
        unsafe part.src = source.baseAddress
        unsafe part.width = self.width
        unsafe part.height = self.height
        unsafe (part.x, part.y) = (first.x, first.y)
        unsafe (part.column_x, part.column_y) = (window.column.x, window.column.y)
        unsafe (part.row_x, part.row_y) = (window.row.x, window.row.y)
        unsafe sample_pixels(Picture.isa, &part, target, width, height, &sums)
      }
      let mean = SIMD3(Double(sums[0]), Double(sums[1]), Double(sums[2])) / Double(count)
      guard let values = change(mean)?.values else { return }
      unsafe change_colors(Picture.isa, target, count, values)
    }
    return RGBImage(width: width, height: height, pixels: result)
  }
}
