public import Images

extension Drawing {
  /// Pixels of a unit.
  private static let scale = 2.0
  /// Pixels of a dot of a letter: letters of seven dots are as high as those of the SVG file.
  private static let dot = 3

  /// The drawing as a picture.
  public var picture: RGBImage {
    var canvas = Canvas(
      width: Int((width * Self.scale).rounded(.up)), height: Int((height * Self.scale).rounded(.up))
    )
    for shape in shapes {
      switch shape {
      case .line(let points, let width, let color):
        let scaled = points.map { (x: $0.x * Self.scale, y: $0.y * Self.scale) }
        canvas.draw(scaled, width: width * Self.scale, color.rgb)
      case .text(let text, let x, let y, let anchor, let color):
        canvas.write(
          text, x: x * Self.scale, y: y * Self.scale, anchor: anchor, dot: Self.dot, color.rgb)
      }
    }
    return canvas.picture
  }
}

/// Pixels to draw on, white at first.
private struct Canvas {
  let width: Int
  let height: Int
  private var pixels: [UInt8]

  init(width: Int, height: Int) {
    self.width = max(1, width)
    self.height = max(1, height)
    pixels = Array(repeating: 255, count: self.width * self.height * 3)
  }

  var picture: RGBImage { RGBImage(width: width, height: height, pixels: pixels) }

  /// Mixes a color into a pixel. Places outside are left out.
  ///
  /// - Parameter share: how much of the pixel is covered, 0 to 1.
  private mutating func cover(
    _ x: Int, _ y: Int, _ share: Double, _ color: (red: UInt8, green: UInt8, blue: UInt8)
  ) {
    guard x >= 0, x < width, y >= 0, y < height, share > 0 else { return }
    let share = min(share, 1)
    let place = (y * width + x) * 3
    for (channel, value) in [color.red, color.green, color.blue].enumerated() {
      let old = Double(pixels[place + channel])
      pixels[place + channel] = UInt8((old + (Double(value) - old) * share).rounded())
    }
  }

  /// Draws a line through these points, whose edges are smooth: a pixel is covered by as much as
  /// its centre is inside.
  mutating func draw(
    _ points: [(x: Double, y: Double)], width: Double,
    _ color: (red: UInt8, green: UInt8, blue: UInt8)
  ) {
    for (start, end) in zip(points, points.dropFirst()) {
      let (dx, dy) = (end.x - start.x, end.y - start.y)
      let length = dx * dx + dy * dy
      let reach = width / 2 + 1
      for y in range(min(start.y, end.y) - reach, max(start.y, end.y) + reach, height) {
        for x in range(min(start.x, end.x) - reach, max(start.x, end.x) + reach, self.width) {
          let (px, py) = (Double(x) + 0.5 - start.x, Double(y) + 0.5 - start.y)
          let along = length > 0 ? min(max((px * dx + py * dy) / length, 0), 1) : 0
          let (ex, ey) = (px - along * dx, py - along * dy)
          let distance = (ex * ex + ey * ey).squareRoot()
          cover(x, y, width / 2 + 0.5 - distance, color)
        }
      }
    }
  }

  private func range(_ first: Double, _ last: Double, _ limit: Int) -> Range<Int> {
    let start = Int(min(max(first, 0), Double(limit)))
    return start..<max(start, Int(min(max(last + 1, 0), Double(limit))))
  }

  /// Writes a text.
  ///
  /// - Parameters:
  ///   - y: where the letters stand.
  ///   - dot: pixels of a dot of a letter.
  mutating func write(
    _ text: String, x: Double, y: Double, anchor: Drawing.Anchor, dot: Int,
    _ color: (red: UInt8, green: UInt8, blue: UInt8)
  ) {
    let advance = (BitmapFont.columns + 1) * dot
    let length = text.count * advance - dot
    var left = Int(x)
    switch anchor {
    case .start: break
    case .middle: left -= length / 2
    case .end: left -= length
    }
    let top = Int(y) - BitmapFont.height * dot
    for (index, character) in text.enumerated() {
      for (row, dots) in BitmapFont.rows(of: character).enumerated() {
        for column in 0..<BitmapFont.columns
        where dots >> (BitmapFont.columns - 1 - column) & 1 == 1 {
          for place in 0..<dot * dot {
            cover(
              left + index * advance + column * dot + place % dot, top + row * dot + place / dot, 1,
              color)
          }
        }
      }
    }
  }
}
