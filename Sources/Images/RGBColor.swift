/// An 8-bit colour in sRGB.
public struct RGBColor: Sendable, Hashable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  public static let white = RGBColor(red: 255, green: 255, blue: 255)
  public static let black = RGBColor(red: 0, green: 0, blue: 0)

  /// Reads `#rrggbb`, `#rgb`, or one of the sixteen basic colour names of CSS, in upper or lower
  /// case.
  public init?(parsing text: String) {
    let lowercased = text.lowercased()
    guard let code = Self.basicColors[lowercased] ?? Self.code(hexadecimal: lowercased) else {
      return nil
    }
    self.init(
      red: UInt8(truncatingIfNeeded: code >> 16), green: UInt8(truncatingIfNeeded: code >> 8),
      blue: UInt8(truncatingIfNeeded: code))
  }

  private static func code(hexadecimal text: String) -> UInt32? {
    guard text.first == "#" else { return nil }
    var digits = Array(text.dropFirst())
    guard digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
    if digits.count == 3 { digits = digits.flatMap { [$0, $0] } }
    return digits.count == 6 ? UInt32(String(digits), radix: 16) : nil
  }

  /// CSS Color Module Level 4, section 6.1.
  private static let basicColors: [String: UInt32] = [
    "aqua": 0x00FFFF, "black": 0x000000, "blue": 0x0000FF, "fuchsia": 0xFF00FF,
    "gray": 0x808080, "green": 0x008000, "lime": 0x00FF00, "maroon": 0x800000,
    "navy": 0x000080, "olive": 0x808000, "purple": 0x800080, "red": 0xFF0000,
    "silver": 0xC0C0C0, "teal": 0x008080, "white": 0xFFFFFF, "yellow": 0xFFFF00,
  ]
}
