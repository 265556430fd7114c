/// Decodes bytes that were written as UTF-8 text: each byte is the character whose code point,
/// U+0000 to U+00FF, is the byte's value.
enum Latin1 {
  /// How many bytes `text` stands for; nil if it is not UTF-8 or has a character after U+00FF.
  static func decodedCount(_ text: Span<UInt8>) -> Int? {
    var (index, count) = (0, 0)
    while index < text.count {
      if text[index] < 0x80 {
        index += 1
      } else {
        // U+0080 to U+00FF take two bytes, of which the first is 0xC2 or 0xC3.
        guard text[index] & 0xFE == 0xC2, index + 1 < text.count, text[index + 1] & 0xC0 == 0x80
        else { return nil }
        index += 2
      }
      count += 1
    }
    return count
  }

  /// The bytes that `text` stands for. `count` must be the result of ``decodedCount(_:)``.
  static func decoded(_ text: Span<UInt8>, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte < 0x80 {
        bytes.append(byte)
        index += 1
      } else {
        bytes.append(byte << 6 | text[index + 1] & 0x3F)
        index += 2
      }
    }
    return bytes
  }
}
