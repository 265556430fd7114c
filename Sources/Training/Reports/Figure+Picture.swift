import Drawing
public import Images

extension Figure {
  /// Pixels of a unit.
  private static let scale = 2.0
  /// Pixels of a dot of a letter: letters of seven dots are as high as those of the SVG file.
  private static let dot = 3

  /// The figure as a picture.
  public var picture: RGBImage {
    var canvas = Canvas(
      width: max(1, Int((width * Self.scale).rounded(.up))),
      height: max(1, Int((height * Self.scale).rounded(.up))))
    for shape in shapes {
      switch shape {
      case .line(let points, let width, let color):
        canvas.drawLine(
          through: points.map { (x: $0.x * Self.scale, y: $0.y * Self.scale) },
          width: width * Self.scale, color.rgb)
      case .text(let text, let x, let y, let anchor, let color):
        let font = TextFont(scale: Float(Self.dot), color: color.rgb)
        var left = Int(x * Self.scale)
        switch anchor {
        case .start: break
        case .middle: left -= font.width(text) / 2
        case .end: left -= font.width(text)
        }
        // A text of the room Drawing hangs from the top of its capitals, seven dots up.
        canvas.draw(text, x: left, y: Int(y * Self.scale) - 7 * Self.dot, font)
      }
    }
    return canvas.image
  }
}
