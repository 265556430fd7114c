public import Images

extension Canvas {
  /// Fills a rectangle.
  ///
  /// - Parameter share: 1 covers what was there; less lets it shine through.
  public mutating func fill(_ rectangle: PixelRectangle, _ color: RGBColor, share: Float = 1) {
    for y in rectangle.rows.clamped(to: 0..<height) {
      for x in rectangle.columns.clamped(to: 0..<width) { blend(color, at: x, y, share: share) }
    }
  }

  /// Draws the edge of a rectangle, `thickness` pixels to its inside.
  public mutating func outline(_ rectangle: PixelRectangle, _ color: RGBColor, thickness: Int) {
    let edge = min(thickness, rectangle.width, rectangle.height)
    guard edge > 0 else { return }
    var part = rectangle
    part.height = edge
    fill(part, color)
    part.y = rectangle.y + rectangle.height - edge
    fill(part, color)
    part = rectangle
    part.width = edge
    fill(part, color)
    part.x = rectangle.x + rectangle.width - edge
    fill(part, color)
  }

  /// Makes everything in a rectangle that `isHatched` says pale, with dark diagonal stripes.
  ///
  /// - Parameters:
  ///   - period: pixels of a row from one stripe to the next, at least 2.
  ///   - isHatched: is given columns and rows from the corner of the rectangle.
  public mutating func hatch(
    _ rectangle: PixelRectangle, period: Int, where isHatched: (_ x: Int, _ y: Int) -> Bool
  ) {
    precondition(period >= 2)
    let stripe = max(1, period / 6)
    for y in rectangle.rows.clamped(to: 0..<height) {
      for x in rectangle.columns.clamped(to: 0..<width) {
        let (column, row) = (x - rectangle.x, y - rectangle.y)
        guard isHatched(column, row) else { continue }
        let pale = self[x, y].grey.mixed(with: .white, weight: 140)
        // The stripes run from the lower left to the upper right.
        self[x, y] =
          (column + row) % period < stripe ? pale.mixed(with: .black, weight: 150) : pale
      }
    }
  }
}
