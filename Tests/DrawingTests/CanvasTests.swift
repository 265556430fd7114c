import Drawing
import Foundation
import Images
import Testing

@Suite struct CanvasTests {
  private let red = RGBColor(red: 255, green: 0, blue: 0)

  /// The pixels of a colour, as `(x, y)`.
  private func pixels(_ canvas: Canvas, _ color: RGBColor) -> Set<[Int]> {
    var found: Set<[Int]> = []
    for y in 0..<canvas.height {
      for x in 0..<canvas.width where canvas[x, y] == color { found.insert([x, y]) }
    }
    return found
  }

  @Test("a rectangle is filled inside of the canvas, and what lies outside is left out")
  func fill() {
    var canvas = Canvas(width: 4, height: 3)
    canvas.fill(PixelRectangle(x: 2, y: -1, width: 9, height: 3), red)
    #expect(pixels(canvas, red) == [[2, 0], [3, 0], [2, 1], [3, 1]])
    canvas.fill(PixelRectangle(x: 9, y: 9, width: 2, height: 2), red)
    #expect(pixels(canvas, red).count == 4)
  }

  @Test("an outline is inside of its rectangle")
  func outline() {
    var canvas = Canvas(width: 5, height: 5)
    canvas.outline(PixelRectangle(x: 1, y: 1, width: 3, height: 3), red, thickness: 1)
    #expect(pixels(canvas, red).count == 8)
    #expect(canvas[2, 2] == .white && canvas[0, 0] == .white && canvas[3, 3] == red)
  }

  @Test("a picture is copied where it fits, from any corner")
  func copy() {
    let picture = RGBImage(width: 2, height: 2, pixels: (0..<12).map { UInt8($0) })
    for (x, y) in [(-1, -1), (1, 1), (2, 2), (5, 0), (0, -3)] {
      var canvas = Canvas(width: 3, height: 3)
      canvas.draw(picture, x: x, y: y)
      for row in 0..<3 {
        for column in 0..<3 {
          let (i, j) = (column - x, row - y)
          let isInside = (0..<2).contains(i) && (0..<2).contains(j)
          let first = UInt8(isInside ? (j * 2 + i) * 3 : 0)
          let expected =
            isInside ? RGBColor(red: first, green: first + 1, blue: first + 2) : .white
          #expect(canvas[column, row] == expected)
        }
      }
    }
  }

  @Test("hatching covers exactly what it is told to, with dark and light stripes")
  func hatching() {
    let grey = RGBColor(red: 100, green: 100, blue: 100)
    var canvas = Canvas(width: 40, height: 20, background: grey)
    canvas.hatch(PixelRectangle(x: 0, y: 0, width: 40, height: 20), period: 10) { x, _ in x >= 20 }
    let lumas = (20..<40).flatMap { x in (0..<20).map { Int(canvas[x, $0].red) } }
    #expect(lumas.contains { $0 < 95 } && lumas.contains { $0 > 170 } && !lumas.contains(100))
    #expect(pixels(canvas, grey).count == 20 * 20)
  }
}

@Suite struct TextTests {
  /// Rows of text, `#` for dark pixels.
  private func drawn(_ text: String, scale: Float = 1) -> [String] {
    let font = TextFont(scale: scale)
    var canvas = Canvas(width: max(1, font.width(text)), height: font.lineHeight)
    canvas.draw(text, x: 0, y: 0, font)
    return (0..<canvas.height).map { y in
      String((0..<canvas.width).map { canvas[$0, y].red < 128 ? "#" : "." })
    }
  }

  @Test("a letter is its bitmap")
  func bitmap() {
    #expect(
      drawn("Lp") == [
        "#..........",
        "#..........",
        "#.....####.",
        "#.....#...#",
        "#.....#...#",
        "#.....#...#",
        "#####.####.",
        "......#....",
        "......#....",
      ])
  }

  @Test("an enlarged letter keeps its shape")
  func enlarged() {
    let rows = drawn("T", scale: 3)
    #expect(rows.count == 27 && rows[0].count == 15)
    #expect(rows[1].dropFirst().dropLast().allSatisfy { $0 == "#" })
    #expect(rows[12] == "......###......")
  }

  @Test("every printable character has pixels of its own, and others are question marks")
  func characters() {
    let printable = (33..<127).map { String(Character(Unicode.Scalar($0))) }
    #expect(Set(printable.map { drawn($0) }).count == printable.count)
    #expect(printable.allSatisfy { drawn($0).contains { $0.contains("#") } })
    #expect(drawn("ä") == drawn("?") && drawn("狗") == drawn("?"))
    #expect(drawn("e\u{301}") == drawn("?"))
    #expect(drawn(" ").allSatisfy { !$0.contains("#") })
  }

  @Test("a text that is too wide ends in two dots")
  func fitting() {
    let font = TextFont(scale: 2)
    let text = "golden retriever"
    #expect(font.fitting(text, width: font.width(text)) == text)
    let short = font.fitting(text, width: 100)
    #expect(short.hasSuffix("..") && text.hasPrefix(short.dropLast(2)))
    #expect(font.width(short) <= 100 && short.count > 5)
    // A label of a file can have any length.
    #expect(font.fitting(String(repeating: text, count: 100_000), width: 100) == short)
  }
}

@Suite struct ColorMapTests {
  /// An approximation of the relative luminance: sRGB's curve as a power of 2.2.
  private func luminance(_ color: RGBColor) -> Double {
    func linear(_ value: UInt8) -> Double { pow(Double(value) / 255, 2.2) }
    return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
  }

  @Test("the lightness grows evenly from dark to bright")
  func lightness() {
    let values = stride(from: Float(0), through: 1, by: 1 / 64).map {
      luminance(ColorMap.evidence.color($0))
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
    #expect(values[0] < 0.04 && values[values.count - 1] > 0.65)
  }

  @Test("the colours go from violet over green to yellow")
  func colors() {
    // Computed with the formulas of OKLab apart from this program.
    #expect(ColorMap.evidence.color(0) == RGBColor(red: 52, green: 1, blue: 86))
    #expect(ColorMap.evidence.color(0.5) == RGBColor(red: 6, green: 142, blue: 153))
    #expect(ColorMap.evidence.color(1) == RGBColor(red: 244, green: 234, blue: 104))
  }

  @Test("values outside of the scale have the colours of its ends")
  func ends() {
    let map = ColorMap.evidence
    #expect(map.color(-1) == map.color(0) && map.color(.nan) == map.color(0))
    #expect(map.color(2) == map.color(1) && map.color(.infinity) == map.color(1))
  }
}
