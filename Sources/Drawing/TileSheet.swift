public import Images

/// Small pictures of one size in rows, each with a line of text or none, with a title above and
/// optionally a larger picture beside them and a colour scale below.
public struct TileSheet: Sendable {
  public struct Tile: Sendable {
    public var image: RGBImage
    /// Below the picture; empty for none.
    public var label: String

    public init(_ image: RGBImage, label: String = "") {
      self.image = image
      self.label = label
    }
  }

  /// At least one; all of the size of the first.
  public var tiles: [Tile]
  public var columns: Int
  /// Pixels between tiles without labels.
  public var gap: Int
  public var title: String
  /// To the left of the tiles.
  public var beside: Tile?
  /// The numbers at the colour scale, evenly spaced; none where there is no scale.
  public var ticks: [String] = []
  public var colors = ColorMap.evidence
  /// The size of text: pixels for one of the bitmap font.
  public var textScale: Float = 2

  public init(tiles: [Tile], columns: Int, gap: Int, title: String) {
    precondition(!tiles.isEmpty)
    self.tiles = tiles
    self.columns = max(1, min(columns, tiles.count))
    self.gap = max(0, gap)
    self.title = title
  }

  /// A longer title is shortened, unless the tiles are wider.
  private static let widestTitle = 600
  private static let text = RGBColor(red: 32, green: 32, blue: 32)

  /// Everything as one picture.
  public func draw() -> RGBImage {
    let font = TextFont(scale: textScale, color: Self.text)
    let margin = max(gap, Int(6 * textScale))
    let tile = tiles[0].image
    let labelHeight = tiles.contains { !$0.label.isEmpty } ? font.lineHeight + gap : 0
    let rows = (tiles.count + columns - 1) / columns
    let gridWidth = columns * (tile.width + gap) - gap
    let gridHeight = rows * (tile.height + labelHeight + gap) - gap
    let left = beside.map { margin + $0.image.width + margin } ?? margin
    let top = margin + (title.isEmpty ? 0 : font.lineHeight + margin / 2)
    let besideHeight = beside.map { $0.image.height + font.lineHeight + gap } ?? 0
    let bar = ticks.isEmpty ? 0 : margin + Int(8 * textScale) + font.lineHeight + gap
    let width = max(
      left + gridWidth + margin, min(font.width(title), Self.widestTitle) + 2 * margin)
    var canvas = Canvas(
      width: width, height: top + max(gridHeight, besideHeight) + bar + margin)
    canvas.draw(
      font.fitting(title, width: width - 2 * margin), x: margin, y: margin, font)
    if let beside {
      canvas.draw(beside.image, x: margin, y: top)
      canvas.draw(
        font.fitting(beside.label, width: beside.image.width), x: margin,
        y: top + beside.image.height + gap, font)
    }
    for (index, tile) in tiles.enumerated() {
      let x = left + index % columns * (tile.image.width + gap)
      let y = top + index / columns * (tile.image.height + labelHeight + gap)
      canvas.draw(tile.image, x: x, y: y)
      canvas.draw(
        font.fitting(tile.label, width: tile.image.width), x: x,
        y: y + tile.image.height + gap / 2 + 1, font)
    }
    if !ticks.isEmpty {
      drawScale(
        x: left, y: canvas.height - margin - bar + margin,
        width: min(gridWidth, Int(200 * textScale)), font, on: &canvas)
    }
    return canvas.image
  }

  private func drawScale(
    x: Int, y: Int, width: Int, _ font: TextFont, on canvas: inout Canvas
  ) {
    let height = Int(8 * textScale)
    for column in 0..<width {
      canvas.fill(
        PixelRectangle(x: x + column, y: y, width: 1, height: height),
        colors.color(Float(column) / Float(max(1, width - 1))))
    }
    for (index, tick) in ticks.enumerated() {
      let share = ticks.count > 1 ? Double(index) / Double(ticks.count - 1) : 0
      let room = width - font.width(tick)
      canvas.draw(tick, x: x + Int(share * Double(max(0, room))), y: y + height + 3, font)
    }
  }
}

extension RGBImage {
  /// The picture with every pixel as a square of `factor` x `factor`.
  public func enlarged(_ factor: Int) -> RGBImage {
    guard factor > 1 else { return self }
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for y in 0..<height {
      var row: [UInt8] = []
      row.reserveCapacity(width * factor * 3)
      for x in 0..<width {
        let place = (y * width + x) * 3
        for _ in 0..<factor { row += pixels[place..<place + 3] }
      }
      for _ in 0..<factor { result += row }
    }
    return RGBImage(width: width * factor, height: height * factor, pixels: result)
  }
}

extension ColorMap {
  /// Values as a picture, of which `maximum` has the last colour and 0 the first.
  ///
  /// - Parameter values: `[height, width]`.
  public func image(_ values: [Float], width: Int, maximum: Float) -> RGBImage {
    RGBImage(
      width: width, height: values.count / width,
      pixels: values.flatMap { value in
        let color = color(maximum > 0 ? value / maximum : 0)
        return [color.red, color.green, color.blue]
      })
  }
}
