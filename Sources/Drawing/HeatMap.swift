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
  /// How much of the photo's own colours the smallest and the largest value leave.
  private static let shares: (smallest: Float, largest: Float) = (0.35, 0.75)

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
      for row in map.seen.rows.clamped(to: 0..<photo.height) {
        for column in map.seen.columns.clamped(to: 0..<photo.width)
        where (0..<width).contains(x + column) && (0..<height).contains(y + row) {
          let share = min(max(map.values[row * photo.width + column] / maximum, 0), 1)
          self[x + column, y + row] = Self.overlay(
            share, colors, photo: self[x + column, y + row].grey)
        }
      }
    }
    hatch(
      PixelRectangle(x: x, y: y, width: photo.width, height: photo.height), period: hatching
    ) { !map.seen.columns.contains($0) || !map.seen.rows.contains($1) }
  }

  /// The colour of a share of the maximum over a grey pixel.
  static func overlay(_ share: Float, _ colors: ColorMap, photo: RGBColor) -> RGBColor {
    photo.mixed(
      with: colors.color(share),
      share: shares.smallest + (shares.largest - shares.smallest) * share)
  }
}
