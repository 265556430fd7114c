import Images
import Testing
import Training

@Suite struct FigureTests {
  @Test("a line is as wide as it should be, with smooth edges, and ends where it should")
  func lines() {
    var drawing = Figure(width: 20, height: 10)
    drawing.addLine([(5, 5.25), (15, 5.25)], width: 1, color: .black)
    let picture = drawing.picture
    #expect(picture.width == 40 && picture.height == 20)
    // In pixels: from x 10 to 30, and from y 9.5 to 11.5.
    #expect((8...12).map { picture.value(20, $0, 0) } == [255, 128, 0, 128, 255])
    #expect(picture.value(5, 10, 0) == 255 && picture.value(35, 10, 0) == 255)
  }

  @Test("what is outside of the drawing is left out")
  func outside() {
    var drawing = Figure(width: 4, height: 4)
    drawing.addLine([(-100, -50), (1e9, 90)], width: 2, color: .red)
    drawing.addText("123", x: -8, y: 2)
    #expect(drawing.picture.width == 8)
  }

  @Test("texts stand on their line, and begin or end at their place")
  func texts() {
    /// The columns and rows of the picture that are not white.
    func extent(_ anchor: Figure.Anchor) -> (columns: ClosedRange<Int>, rows: ClosedRange<Int>)? {
      var drawing = Figure(width: 60, height: 20)
      drawing.addText("HIT", x: 30, y: 15, anchor: anchor, color: .black)
      let picture = drawing.picture
      let dark = (0..<picture.width * picture.height).filter { picture.pixels[$0 * 3] < 128 }
      let (columns, rows) = (dark.map { $0 % picture.width }, dark.map { $0 / picture.width })
      guard let left = columns.min(), let right = columns.max(), let top = rows.min(),
        let bottom = rows.max()
      else { return nil }
      return (left...right, top...bottom)
    }
    // Letters of 5, 3 and 5 dots, with a dot between them: 15 dots of 3 pixels.
    #expect(extent(.start)?.columns == 60...104)
    #expect(extent(.middle)?.columns == 38...82)
    #expect(extent(.end)?.columns == 15...59)
    // Seven dots high, and standing on the line at 30 pixels.
    #expect(extent(.start)?.rows == 9...29)
  }

  @Test("marks of XML in texts are escaped")
  func escaping() {
    var drawing = Figure(width: 60, height: 20)
    drawing.addText("a < b & c", x: 3, y: 4)
    #expect(drawing.svg.contains(">a &lt; b &amp; c</text>"))
  }

  @Test(
    "the axis has as many decimals as its steps need",
    arguments: [
      (0.01, ["0", "0.0025", "0.0050", "0.0075", "0.0100"]),
      (2, ["0", "0.5", "1.0", "1.5", "2.0"]),
      (100, ["0", "25", "50", "75", "100"]), (5, ["0", "1.25", "2.50", "3.75", "5.00"]),
      (0.4, ["0", "0.1", "0.2", "0.3", "0.4"]),
    ] as [(Double, [String])])
  func ticks(loss: Double, expected: [String]) throws {
    let points = (1...2).map {
      LearningCurves.Point(
        epoch: $0, trainingLoss: loss, validationLoss: loss / 2, validationAccuracy: 1)
    }
    let texts = LearningCurves(points).drawing.svg.matches(
      of: /text-anchor="end"[^>]*>([^<]*)<\/text>/
    ).map { String($0.1) }
    #expect(Array(texts.prefix(5)) == expected)
  }

  @Test(
    "losses that no training has are drawn, too",
    arguments: [
      .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, 0, 1e300, .infinity, .nan,
    ] as [Double])
  func losses(loss: Double) {
    let points = [loss, 0, loss].map {
      LearningCurves.Point(
        epoch: 1, trainingLoss: $0, validationLoss: $0, validationAccuracy: $0)
    }
    let drawing = LearningCurves(points).drawing
    #expect(!drawing.svg.contains("nan") && !drawing.svg.contains("inf"))
    #expect(drawing.picture.width > 0)
  }

  @Test("pictures stand in rows, with white between them, and those of another size are left out")
  func contactSheet() throws {
    func picture(_ value: UInt8, width: Int = 3) -> RGBImage {
      RGBImage(width: width, height: 2, pixels: Array(repeating: value, count: width * 6))
    }
    let sheet = try #require(
      ContactSheet(columns: 2).picture(
        of: [picture(10), picture(20), picture(99, width: 4), picture(30)]))
    #expect(sheet.width == 2 * 3 + 3 * 4 && sheet.height == 2 * 2 + 3 * 4)
    #expect(sheet.value(4, 4, 0) == 10 && sheet.value(11, 4, 0) == 20)
    #expect(sheet.value(6, 11, 2) == 30 && sheet.value(7, 4, 1) == 255)
    #expect(sheet.value(3, 4, 0) == 255 && !sheet.pixels.contains(99))
    #expect(ContactSheet(columns: 2).picture(of: []) == nil)
  }

  @Test("every character of the learning curves can be written")
  func glyphs() {
    for character in "0123456789.lossvalidationaccuracyinpercenttrainingepoch" {
      var drawing = Figure(width: 20, height: 20)
      drawing.addText(String(character), x: 5, y: 15)
      #expect(drawing.picture.pixels.contains(0), "\(character)")
    }
  }

  @Test("the curves are drawn in their colours, in both forms")
  func curves() {
    let points = (1...5).map {
      LearningCurves.Point(
        epoch: $0, trainingLoss: 1, validationLoss: 0.5, validationAccuracy: 0.25)
    }
    let drawing = LearningCurves(points).drawing
    #expect(drawing.svg.hasPrefix("<svg ") && drawing.svg.hasSuffix("</svg>\n"))
    #expect(drawing.svg.contains("stroke=\"#1f77b4\" stroke-width=\"2\" points=\"60,30 "))
    let picture = drawing.picture
    // The training loss is the largest value, and so at the top of the upper panel.
    #expect(picture.value(500, 60, 0) == 0x1F && picture.value(500, 60, 2) == 0xB4)
    #expect(picture.value(500, 60 + 220, 0) == 0xD6)
  }
}
