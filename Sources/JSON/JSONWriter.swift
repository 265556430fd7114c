extension JSONValue {
  /// The value as JSON text on one line, with `", "` and `": "` between its parts.
  public var text: String { text(separator: ", ", colon: ": ") }

  /// The value as JSON text without any white space.
  public var compactText: String { text(separator: ",", colon: ":") }

  /// A whole number of any size.
  public static func whole(_ value: UInt64) -> JSONValue {
    Int(exactly: value).map(JSONValue.integer) ?? .unsigned(value)
  }

  /// An array of strings.
  public static func strings(_ values: [String]) -> JSONValue {
    .array(values.map(JSONValue.string))
  }

  private func text(separator: String, colon: String) -> String {
    var writer = JSONWriter(separator: separator, colon: colon)
    writer.append(self)
    return writer.text
  }
}

/// Appends values to a JSON text.
private struct JSONWriter {
  /// What stands between elements and between members.
  let separator: String
  /// What stands between a member's name and its value.
  let colon: String
  var text = ""

  init(separator: String, colon: String) {
    self.separator = separator
    self.colon = colon
  }

  /// JSON has no infinity and no NaN: they are written as null.
  mutating func append(_ value: JSONValue) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .unsigned(let value): text += String(value)
    case .number(let value):
      text +=
        value.isFinite ? Int(exactly: value).map(String.init) ?? value.description : "null"
    case .float(let value): text += value.isFinite ? value.description : "null"
    case .string(let value): append(quoted: value)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += separator }
        append(element)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += separator }
        append(quoted: member.name)
        text += colon
        append(member.value)
      }
      text += "}"
    }
  }

  /// RFC 8259, section 7: quotes, backslashes and control characters below U+0020 must be escaped.
  /// U+007F to U+009F are escaped, too, since terminals may obey them.
  private mutating func append(quoted string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
