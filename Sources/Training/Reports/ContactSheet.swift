public import Images

/// Pictures of one size side by side, as one picture.
public struct ContactSheet: Sendable {
  public let columns: Int
  /// Pixels between pictures, and round them.
  private static let gap = 4
  private static let background: UInt8 = 255

  public init(columns: Int) { self.columns = max(1, columns) }

  /// The pictures row by row; nil where there are none.
  ///
  /// - Parameter pictures: all of the size of the first one; others are left out.
  public func picture(of pictures: [RGBImage]) -> RGBImage? {
    guard let first = pictures.first else { return nil }
    let fitting = pictures.filter { $0.width == first.width && $0.height == first.height }
    let columns = min(columns, fitting.count)
    let rows = (fitting.count + columns - 1) / columns
    let width = columns * (first.width + Self.gap) + Self.gap
    let height = rows * (first.height + Self.gap) + Self.gap
    var pixels = [UInt8](repeating: Self.background, count: width * height * 3)
    for (index, picture) in fitting.enumerated() {
      let left = index % columns * (first.width + Self.gap) + Self.gap
      let top = index / columns * (first.height + Self.gap) + Self.gap
      for row in 0..<first.height {
        let source = row * first.width * 3
        let target = ((top + row) * width + left) * 3
        pixels.replaceSubrange(
          target..<target + first.width * 3,
          with: picture.pixels[source..<source + first.width * 3])
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}
