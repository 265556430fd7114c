public import Images

/// Values over a photo.
public struct HeatMap: Sendable {
  /// Upright.
  public let photo: RGBImage
  /// A value for each pixel of the photo, `[height, width]`.
  public let values: [Float]
  /// The columns and rows of the photo that have values. The others are hatched.
  public let seen: PixelRectangle

  public init(photo: RGBImage, values: [Float], seen: PixelRectangle) {
    precondition(values.count == photo.width * photo.height)
    self.photo = photo
    self.values = values
    self.seen = seen
  }

  /// Whether a part of the photo has no values.
  public var hasUnseen: Bool {
    seen != PixelRectangle(x: 0, y: 0, width: photo.width, height: photo.height)
  }
}

extension Canvas {
  /// Draws a photo in grey under its values in colour, the top left corner at (`x`, `y`).
  ///
  /// - Parameters:
  ///   - maximum: the value of the last colour; the first one stands for 0. Where it is 0, the
  ///     photo is drawn without colours.
  ///   - hatching: pixels from one stripe to the next.
  public mutating func draw(
    _ map: HeatMap, x: Int, y: Int, colors: ColorMap, maximum: Float, hatching: Int
  ) {
    draw(map.photo, x: x, y: y)
    let photo = map.photo
    if maximum > 0 {
      let columns = map.seen.columns.clamped(to: max(0, -x)..<max(max(0, -x), width - x))
        .clamped(to: 0..<photo.width)
      let rows = map.seen.rows.clamped(to: max(0, -y)..<max(max(0, -y), height - y))
        .clamped(to: 0..<photo.height)
      for row in rows {
        for column in columns {
          let share = map.values[row * photo.width + column] / maximum
          self[x + column, y + row] = colors.overlay(share, on: self[x + column, y + row].grey)
        }
      }
    }
    hatch(
      PixelRectangle(x: x, y: y, width: photo.width, height: photo.height), period: hatching
    ) { !map.seen.columns.contains($0) || !map.seen.rows.contains($1) }
  }
}

extension ColorMap {
  /// How much of a colour there is over a photo, of 256: for the first and for the last colour.
  private static let weights = (first: 90, last: 192)

  /// The colour of a value over a grey pixel. Strong values let less of the photo shine through.
  func overlay(_ value: Float, on grey: RGBColor) -> RGBColor {
    let share = value > 0 ? min(value, 1) : 0
    let weights = Self.weights
    return grey.mixed(
      with: color(share), weight: weights.first + Int(share * Float(weights.last - weights.first)))
  }
}
