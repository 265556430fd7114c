public import Images

/// The size and the colour of text.
public struct TextFont: Sendable {
  /// Pixels of the canvas for a pixel of the bitmap font, whose capitals are 7 pixels high.
  public var scale: Float
  public var color: RGBColor

  public init(scale: Float, color: RGBColor = .black) {
    precondition(scale > 0)
    self.scale = scale
    self.color = color
  }

  /// The height of a line with its descenders, in pixels.
  public var lineHeight: Int { Int((Float(Glyph.height) * scale).rounded(.up)) }

  /// The width of a text, in pixels.
  public func width(_ text: String) -> Int {
    width(columns: Self.columns(text))
  }

  /// The text, with its end replaced by two dots where it would be wider than `width` pixels.
  public func fitting(_ text: String, width limit: Int) -> String {
    guard width(text) > limit else { return text }
    let dots = ".."
    var kept = ""
    var columns = Self.columns(dots)
    for character in text {
      columns += Font.glyph(character).width + Font.gap
      guard width(columns: columns) <= limit else { break }
      kept.append(character)
    }
    while kept.last == " " { kept.removeLast() }
    return kept + dots
  }

  private func width(columns: Int) -> Int {
    Int((Float(columns) * scale).rounded(.up))
  }

  private static func columns(_ text: String) -> Int {
    max(0, text.reduce(-Font.gap) { $0 + Font.glyph($1).width + Font.gap })
  }
}

extension Canvas {
  /// Draws a line of text, the top of its capitals at `y`. Characters outside of ASCII become
  /// question marks.
  public mutating func draw(_ text: String, x: Int, y: Int, _ font: TextFont) {
    var left = Float(x)
    for character in text {
      let glyph = Font.glyph(character)
      draw(glyph, x: left, y: Float(y), font)
      left += Float(glyph.width + Font.gap) * font.scale
    }
  }

  /// The coverage at the edge of a stroke. Below a half, strokes become a little bolder.
  private static let contour: Float = 0.42

  private mutating func draw(_ glyph: Glyph, x left: Float, y top: Float, _ font: TextFont) {
    let scale = font.scale
    let right = left + Float(glyph.width) * scale
    let bottom = top + Float(Glyph.height) * scale
    // Where the bitmap is enlarged, a contour through its smoothed pixels looks better than its
    // squares.
    let sharpness = max(1, scale)
    for y in Int(top.rounded(.down))..<Int(bottom.rounded(.up)) {
      for x in Int(left.rounded(.down))..<Int(right.rounded(.up)) {
        let coverage = glyph.coverage(
          (Float(x) + 0.5 - left) / scale - 0.5, (Float(y) + 0.5 - top) / scale - 0.5)
        blend(font.color, at: x, y, share: (coverage - Self.contour) * sharpness + 0.5)
      }
    }
  }
}

extension Glyph {
  /// 1 for a pixel of the character, 0 for others.
  private func value(_ x: Int, _ y: Int) -> Float {
    guard x >= 0, x < width, y >= 0, y < Self.height else { return 0 }
    return rows[y] >> (width - 1 - x) & 1 == 1 ? 1 : 0
  }

  /// The values between pixels, whose centres are at whole numbers.
  fileprivate func coverage(_ x: Float, _ y: Float) -> Float {
    let (column, row) = (x.rounded(.down), y.rounded(.down))
    let (right, down) = (x - column, y - row)
    let (i, j) = (Int(column), Int(row))
    let above = value(i, j) * (1 - right) + value(i + 1, j) * right
    let below = value(i, j + 1) * (1 - right) + value(i + 1, j + 1) * right
    return above * (1 - down) + below * down
  }
}
