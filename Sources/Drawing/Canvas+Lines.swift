public import Images

extension Canvas {
  /// Draws a line through these points, whose edges are smooth: a pixel is covered by as much as
  /// its centre is inside.
  ///
  /// - Parameter width: in pixels.
  public mutating func drawLine(
    through points: [(x: Double, y: Double)], width lineWidth: Double, _ color: RGBColor
  ) {
    let reach = lineWidth / 2 + 1
    for (start, end) in zip(points, points.dropFirst()) {
      let (dx, dy) = (end.x - start.x, end.y - start.y)
      let length = dx * dx + dy * dy
      for y in Self.range(min(start.y, end.y) - reach, max(start.y, end.y) + reach, height) {
        for x in Self.range(min(start.x, end.x) - reach, max(start.x, end.x) + reach, width) {
          let (px, py) = (Double(x) + 0.5 - start.x, Double(y) + 0.5 - start.y)
          let along = length > 0 ? min(max((px * dx + py * dy) / length, 0), 1) : 0
          let (ex, ey) = (px - along * dx, py - along * dy)
          let distance = (ex * ex + ey * ey).squareRoot()
          blend(color, at: x, y, share: Float(lineWidth / 2 + 0.5 - distance))
        }
      }
    }
  }

  /// The pixels from one position to another, of the first `limit` ones.
  private static func range(_ first: Double, _ last: Double, _ limit: Int) -> Range<Int> {
    let start = Int(min(max(first, 0), Double(limit)))
    return start..<max(start, Int(min(max(last + 1, 0), Double(limit))))
  }
}
