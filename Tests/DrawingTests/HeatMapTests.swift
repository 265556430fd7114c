import Drawing
import Images
import Testing

@Suite struct HeatMapTests {
  private let grey = RGBColor(red: 120, green: 120, blue: 120)

  /// A grey photo of 200 x 100 pixels, whose values grow from left to right, and of which the
  /// network sees columns 50 to 149.
  private func map(scale: Float = 1) -> HeatMap {
    HeatMap(
      photo: Canvas(width: 200, height: 100, background: grey).image,
      values: (0..<200 * 100).map { Float($0 % 200) * scale },
      seen: PixelRectangle(x: 50, y: 0, width: 100, height: 100))
  }

  private func sheet(_ panels: [HeatMapSheet.Panel], maximum: Float = 200) -> RGBImage {
    HeatMapSheet(
      panels: panels, caption: "Evidence", maximum: maximum, ticks: ["0", "100", "200"]
    ).draw()
  }

  private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> RGBColor {
    Canvas(image)[x, y]
  }

  @Test("stronger evidence is brighter and more colourful, and the photo is not drawn over")
  func colors() {
    var canvas = Canvas(width: 200, height: 100)
    canvas.draw(map(), x: 0, y: 0, colors: .evidence, maximum: 200, hatching: 10)
    let row = (50..<150).map { canvas[$0, 50] }
    let lumas = row.map { Int($0.grey.red) }
    #expect(lumas[99] > lumas[0] + 30 && lumas[99] == lumas.max())
    #expect(Set(row).count > 60)
    #expect(row.allSatisfy { $0.red != $0.green || $0.green != $0.blue })
    // Computed with the formulas of OKLab apart from this program.
    #expect(canvas[50, 50] == RGBColor(red: 67, green: 101, blue: 134))
    #expect(canvas[149, 50] == RGBColor(red: 92, green: 173, blue: 128))
    // What was not seen has no colour.
    #expect([0, 20, 49, 150, 199].allSatisfy { canvas[$0, 50] == canvas[$0, 50].grey })
  }

  @Test("values have their place in both directions")
  func rows() {
    let values = (0..<200 * 100).map { Float($0 / 200) }
    let byRow = HeatMap(
      photo: map().photo, values: values,
      seen: PixelRectangle(x: 0, y: 0, width: 200, height: 100))
    var (down, right) = (Canvas(width: 200, height: 100), Canvas(width: 200, height: 100))
    down.draw(byRow, x: 0, y: 0, colors: .evidence, maximum: 100, hatching: 10)
    right.draw(map(), x: 0, y: 0, colors: .evidence, maximum: 200, hatching: 10)
    #expect((0..<200).allSatisfy { down[$0, 30] == down[0, 30] })
    // The same share of the maximum has the same colour.
    #expect((25..<75).allSatisfy { down[7, $0] == right[2 * $0, 50] })
  }

  @Test("a photo without evidence has no colours, and a remark in its middle")
  func nothing() {
    // The values are there, but the remark says that they mean nothing.
    let panel = HeatMapSheet.Panel(title: "cat", map: map(), remark: "no evidence")
    let image = sheet([panel])
    let left = (image.width - 200) / 2
    #expect((50..<150).allSatisfy { pixel(image, left + $0, 30) == grey })
    let middle = (50..<150).map { pixel(image, left + $0, 21 + 50) }
    #expect(middle.contains { $0.red < 50 } && middle.contains { $0.red > 200 })
    // Without any positive value there are no colours either.
    let empty = sheet([.init(title: "cat", map: map(scale: 0))], maximum: 0)
    #expect((50..<150).allSatisfy { pixel(empty, left + $0, 71) == grey })
  }

  @Test("a long title is shortened, and the value behind it is not")
  func title() {
    let font = TextFont(scale: 1)
    let panel = HeatMapSheet.Panel(
      title: "a class of a very long name that needs more than a picture", value: "12.3%",
      map: map())
    let title = HeatMapSheet.title(panel, font, width: 200)
    #expect(title.hasPrefix("a class of") && title.hasSuffix("..  12.3%"))
    #expect(font.width(title) <= 200)
    let short = HeatMapSheet.Panel(title: "cat", value: "12.3%", map: map())
    #expect(HeatMapSheet.title(short, font, width: 200) == "cat  12.3%")
  }

  @Test("pictures stand side by side on one scale, with equal gaps, above a legend")
  func row() {
    let weak = HeatMapSheet.Panel(title: "weak", map: map(scale: 0.5))
    let strong = HeatMapSheet.Panel(title: "strong", map: map())
    let one = sheet([strong])
    let two = sheet([strong, weak])
    // Gaps of 8 pixels: one at either side, and one between the pictures.
    #expect(one.width == 200 + 2 * 8 && two.width == 2 * 200 + 3 * 8)
    #expect(two.height == one.height)
    // The same value has the same colour in both.
    let canvas = Canvas(two)
    let offset = two.width - one.width
    #expect(canvas[8 + 70, 50] == canvas[8 + offset + 140, 50])
    #expect(canvas[8 + 140, 50] != canvas[8 + offset + 140, 50])
    #expect(canvas[8 + 60, 50] != canvas[8 + 140, 50])
  }

  @Test("boxes are drawn where they are asked for")
  func boxes() {
    let box = PixelRectangle(x: 70, y: 20, width: 40, height: 30)
    let plain = Canvas(sheet([.init(title: "a", map: map())]))
    let boxed = Canvas(sheet([.init(title: "a", map: map(), boxes: [box])]))
    // The legend has one more line.
    #expect(boxed.width == plain.width && boxed.height >= plain.height)
    var changed: [(x: Int, y: Int)] = []
    for y in 0..<110 {
      for x in 0..<plain.width where plain[x, y] != boxed[x, y] { changed.append((x, y)) }
    }
    let columns = changed.map(\.x)
    #expect(columns.min() == 8 + 70 - 1 && columns.max() == 8 + 110)
    let rows = changed.map(\.y)
    #expect((rows.max() ?? 0) - (rows.min() ?? 0) == 31)
  }

  @Test("narrow and tiny photos still have room for their text")
  func narrow() {
    let map = HeatMap(
      photo: RGBImage(width: 1, height: 3, pixels: Array(repeating: 9, count: 9)),
      values: [1, 2, 3], seen: PixelRectangle(x: 0, y: 1, width: 1, height: 1))
    let image = sheet([.init(title: "a very long name of a class", map: map, remark: "nothing")])
    #expect(image.width > 100 && image.height > 30)
  }
}
