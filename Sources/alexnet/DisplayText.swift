/// Text as a terminal shows it: how wide it is, and what in it would not be text at all.
enum DisplayText {
  /// The text with its control characters spelled out, since a file's name may hold an escape
  /// sequence, and a line break would tear a line in two.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isControl(scalar):
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The columns that a line of text takes: two for wide East Asian characters and emoji.
  static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + width(of: $1) }
  }

  /// The text filled up with spaces to `width` columns.
  static func padded(_ text: String, to width: Int) -> String {
    text + spaces(width - self.width(text))
  }

  /// The text pushed right to `width` columns.
  static func rightAligned(_ text: String, to width: Int) -> String {
    spaces(width - self.width(text)) + text
  }

  /// `1 file`, `2 files`.
  static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// A number with exactly `digits` digits after the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    return digits == 0
      ? String(scaled)
      : "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  /// A share of 0 to 1 as `12.34 %`.
  static func percent(_ share: Double) -> String {
    fixed(share * 100, 2) + " %"
  }

  private static func spaces(_ count: Int) -> String {
    String(repeating: " ", count: max(0, count))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    // Bidirectional overrides are formats: they can make a name read as another.
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format:
      (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    default: false
    }
  }

  private static func width(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      return 2
    default:
      return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }
}
