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

  /// Whether a picture has a part of this size in which the colours are those of `part`.
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
    // What was not seen has no colour.
    #expect([0, 20, 49, 150, 199].allSatisfy { canvas[$0, 50] == canvas[$0, 50].grey })
  }

  @Test("a photo without evidence has no colours, and a remark")
  func nothing() {
    let panel = HeatMapSheet.Panel(title: "cat", map: map(scale: 0), remark: "no evidence")
    let image = sheet([panel], maximum: 0)
    let left = (image.width - 200) / 2
    #expect(pixel(image, left + 60, 30) == grey)
  }

  @Test("pictures stand side by side on one scale, with equal gaps, above a legend")
  func row() {
    let weak = HeatMapSheet.Panel(title: "weak", map: map(scale: 0.1))
    let strong = HeatMapSheet.Panel(title: "strong", map: map())
    let one = sheet([strong])
    let two = sheet([strong, weak])
    #expect(two.width > 2 * 200 && two.width < 2 * one.width && two.height == one.height)
    // The same value has the same colour in both.
    let canvas = Canvas(two)
    let offset = two.width - one.width
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
