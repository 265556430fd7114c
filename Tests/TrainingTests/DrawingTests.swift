import Images
import Testing
import Training

@Suite struct DrawingTests {
  @Test("a line is as wide as it should be, with smooth edges, and ends where it should")
  func lines() {
    var drawing = Drawing(width: 20, height: 10)
    drawing.addLine([(5, 5.25), (15, 5.25)], width: 1, color: .black)
    let picture = drawing.picture
    #expect(picture.width == 40 && picture.height == 20)
    // In pixels: from x 10 to 30, and from y 9.5 to 11.5.
    #expect((8...12).map { picture.value(20, $0, 0) } == [255, 128, 0, 128, 255])
    #expect(picture.value(5, 10, 0) == 255 && picture.value(35, 10, 0) == 255)
  }

  @Test("what is outside of the drawing is left out")
  func outside() {
    var drawing = Drawing(width: 4, height: 4)
    drawing.addLine([(-100, -50), (1e9, 90)], width: 2, color: .red)
    drawing.addText("123", x: -8, y: 2)
    #expect(drawing.picture.width == 8)
  }

  @Test("texts consist of the dots of their letters, and begin or end at their place")
  func texts() {
    var drawing = Drawing(width: 40, height: 20)
    drawing.addText("1", x: 10, y: 15, color: .black)
    drawing.addText("4", x: 38, y: 15, anchor: .end)
    let picture = drawing.picture
    // The lowest row of the 1: three dots of three pixels, a dot from the left.
    let row = (20..<36).map { picture.value($0, 29, 1) == 0 }
    #expect(row == (0..<16).map { (3..<12).contains($0) })
    // The fifth row of the 4: all of its five dots.
    #expect((60..<80).map { picture.value($0, 22, 1) == 0 } == (60..<80).map { 61..<76 ~= $0 })
  }

  @Test("every character of the learning curves can be written")
  func glyphs() {
    for character in "0123456789.lossvalidationaccuracyinpercenttrainingepoch" {
      var drawing = Drawing(width: 20, height: 20)
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
