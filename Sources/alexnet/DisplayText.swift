/// Formats texts and numbers for terminals: widths, alignment, control characters, percentages.
enum DisplayText {
  /// The text with its control characters spelled out. The name of a file may hold an escape
  /// sequence, or a line break that would split the line.
  ///
  /// - Parameter keepsLineBreaks: whether the text is made of lines.
  static func printable(_ text: String, keepsLineBreaks: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += keepsLineBreaks ? "\n" : "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isControl(scalar):
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The number of columns that a line of text takes. Wide East Asian characters and emoji take
  /// two.
  static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + width(of: $1) }
  }

  /// The text with spaces behind it, up to `width` columns.
  static func padded(_ text: String, to width: Int) -> String {
    text + spaces(width - self.width(text))
  }

  /// The text with spaces before it, up to `width` columns.
  static func rightAligned(_ text: String, to width: Int) -> String {
    spaces(width - self.width(text)) + text
  }

  /// `1 file`, `2 files`.
  static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// A number of at least 0 with exactly `digits` digits after the decimal point; `?` for NaN,
  /// infinity and numbers that are too large to be written so.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    guard let scaled = Int(exactly: (value * Double(scale)).rounded()), scaled >= 0 else {
      return "?"
    }
    let fraction = String(scaled % scale)
    return digits == 0
      ? String(scaled)
      : "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  /// A share of 0 to 1 in percent. The sign follows the number without a space, as usual in
  /// English: `71.2%`.
  static func percent(_ share: Double, digits: Int) -> String {
    fixed(share * 100, digits) + "%"
  }

  /// A number of bytes in units of 1,000,000: `243.9 MB`.
  static func megabytes(_ bytes: Int) -> String {
    fixed(Double(bytes) / 1e6, 1) + " MB"
  }

  private static func spaces(_ count: Int) -> String {
    String(repeating: " ", count: max(0, count))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    // Bidirectional overrides are format characters that can make one name look like another.
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
