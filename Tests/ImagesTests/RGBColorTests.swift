import Images
import Testing

@Suite("Colours as text")
struct RGBColorTests {
  @Test("hexadecimal and names are read in any case")
  func reads() {
    let color = RGBColor(red: 0xFF, green: 0x88, blue: 0x00)
    #expect(RGBColor(parsing: "#ff8800") == color)
    #expect(RGBColor(parsing: "#F80") == color)
    #expect(RGBColor(parsing: "White") == .white)
    #expect(RGBColor(parsing: "black") == .black)
    #expect(RGBColor(parsing: "olive") == RGBColor(red: 128, green: 128, blue: 0))
  }

  @Test(
    "anything else is refused",
    arguments: ["", "#", "ff8800", "#ff880", "#ff88000", "#gg0000", "#+f8800", "whitish", "#１２３"])
  func refuses(text: String) {
    #expect(RGBColor(parsing: text) == nil)
  }
}
