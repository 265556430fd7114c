import Drawing
public import Images

/// Pictures of one size side by side, as one picture.
public struct ContactSheet: Sendable {
  public let columns: Int
  /// Pixels between pictures, and round them.
  private static let gap = 4

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
    var canvas = Canvas(width: width, height: height)
    for (index, picture) in fitting.enumerated() {
      canvas.draw(
        picture, x: index % columns * (first.width + Self.gap) + Self.gap,
        y: index / columns * (first.height + Self.gap) + Self.gap)
    }
    return canvas.image
  }
}
