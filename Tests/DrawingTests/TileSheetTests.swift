import Drawing
import Images
import Testing

@Suite struct TileSheetTests {
  private let red = RGBColor(red: 200, green: 0, blue: 0)
  private let blue = RGBColor(red: 0, green: 0, blue: 200)

  private func tile(_ color: RGBColor) -> TileSheet.Tile {
    TileSheet.Tile(Canvas(width: 10, height: 8, background: color).image)
  }

  /// How many pixels of a picture have a colour.
  private func count(_ color: RGBColor, in image: RGBImage) -> Int {
    let canvas = Canvas(image)
    return (0..<image.height).reduce(0) { sum, y in
      sum + (0..<image.width).count { canvas[$0, y] == color }
    }
  }

  @Test("tiles are there in full, in rows, with the gap between them")
  func grid() {
    let sheet = TileSheet(
      tiles: [tile(red), tile(blue), tile(red)], columns: 2, gap: 3, title: ""
    ).draw()
    #expect(count(red, in: sheet) == 160 && count(blue, in: sheet) == 80)
    let canvas = Canvas(sheet)
    let margin = 12
    #expect(canvas[margin, margin] == red && canvas[margin + 13, margin] == blue)
    #expect(canvas[margin + 10, margin] == .white && canvas[margin + 12, margin] == .white)
    #expect(canvas[margin, margin + 11] == red && canvas[margin + 13, margin + 11] == .white)
  }

  @Test("titles, labels and the scale take room of their own")
  func texts() {
    var sheet = TileSheet(tiles: [tile(red), tile(blue)], columns: 2, gap: 3, title: "")
    let plain = sheet.draw()
    sheet.title = "title"
    sheet.tiles[0].label = "1"
    sheet.ticks = ["0", "1"]
    sheet.beside = tile(blue)
    let full = sheet.draw()
    #expect(full.height > plain.height + 40 && full.width > plain.width)
    #expect(count(red, in: full) == 80 && count(blue, in: full) == 160)
    #expect(count(RGBColor(red: 32, green: 32, blue: 32), in: full) > 20)
  }

  @Test("an enlarged picture has every pixel as a square")
  func enlarged() {
    let image = RGBImage(
      width: 2, height: 2, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    let large = image.enlarged(3)
    #expect(large.width == 6 && large.height == 6)
    for y in 0..<6 {
      for x in 0..<6 { #expect(Canvas(large)[x, y] == Canvas(image)[x / 3, y / 3]) }
    }
    #expect(image.enlarged(1) == image)
  }

  @Test("a map has the first colour for 0 and the last for its maximum")
  func map() {
    let image = ColorMap.evidence.image([0, 5, 10, -1, 20, .nan], width: 3, maximum: 10)
    let canvas = Canvas(image)
    let (first, last) = (ColorMap.evidence.color(0), ColorMap.evidence.color(1))
    #expect(image.width == 3 && image.height == 2)
    #expect(canvas[0, 0] == first && canvas[2, 0] == last)
    #expect(canvas[0, 1] == first && canvas[1, 1] == last && canvas[2, 1] == first)
    #expect(canvas[1, 0] != first && canvas[1, 0] != last)
  }
}
