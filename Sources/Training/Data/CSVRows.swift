/// The rows of a CSV text (RFC 4180), as bytes of any encoding. Lines may end with a line feed
/// alone; empty lines are skipped.
struct CSVRows {
  struct Row: Equatable {
    /// The line that it begins on, from 1.
    let line: Int
    let fields: [[UInt8]]
  }

  /// Why a text is not CSV, and on which line.
  struct Problem: Error, Equatable {
    let line: Int
    let text: String
  }

  private let text: ArraySlice<UInt8>
  private var position: Int
  private var line = 1

  init(_ text: ArraySlice<UInt8>) {
    self.text = text
    position = text.startIndex
  }

  /// The next row; nil at the end.
  mutating func next() throws(Problem) -> Row? {
    while position < text.endIndex {
      if skipLineBreak() { continue }
      let start = line
      var fields: [[UInt8]] = []
      repeat {
        fields.append(try field())
      } while skip(UInt8(ascii: ","))
      guard skipLineBreak() || position == text.endIndex else {
        throw Problem(line: line, text: "there is text after the end of a quoted field")
      }
      return Row(line: start, fields: fields)
    }
    return nil
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard position < text.endIndex, text[position] == byte else { return false }
    position += 1
    return true
  }

  /// Skips a line feed with or without a carriage return before it, or a carriage return at the
  /// very end.
  private mutating func skipLineBreak() -> Bool {
    guard isAtLineBreak else { return false }
    _ = skip(0x0D)
    _ = skip(0x0A)
    line += 1
    return true
  }

  private var isAtLineBreak: Bool {
    guard position < text.endIndex else { return false }
    guard text[position] == 0x0D else { return text[position] == 0x0A }
    return position + 1 == text.endIndex || text[position + 1] == 0x0A
  }

  private mutating func field() throws(Problem) -> [UInt8] {
    if skip(UInt8(ascii: "\"")) { return try quotedField() }
    let start = position
    while position < text.endIndex, text[position] != UInt8(ascii: ","), !isAtLineBreak {
      if text[position] == UInt8(ascii: "\"") {
        throw Problem(
          line: line, text: "a quote stands inside a field that does not begin with one")
      }
      position += 1
    }
    return Array(text[start..<position])
  }

  private mutating func quotedField() throws(Problem) -> [UInt8] {
    let start = line
    var field: [UInt8] = []
    while position < text.endIndex {
      let byte = text[position]
      position += 1
      if byte == UInt8(ascii: "\""), !skip(UInt8(ascii: "\"")) { return field }
      if byte == 0x0A { line += 1 }
      field.append(byte)
    }
    throw Problem(line: start, text: "a quoted field that begins here does not end")
  }
}
