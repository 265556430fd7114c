/// Bytes as base64 (RFC 4648, section 4).
func base64Text(of bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for digit in 0..<4 {
      text.append(
        digit <= group.count
          ? alphabet[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes of a base64 text (RFC 4648, section 4); nil where it is none.
func base64Bytes(of text: String) -> [UInt8]? {
  let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
  let values = Dictionary(uniqueKeysWithValues: zip(alphabet, 0...))
  let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
  guard text.utf8.count % 4 == 0, padding <= 2 else { return nil }
  var bytes: [UInt8] = []
  var bits = 0
  for (index, digit) in text.utf8.dropLast(padding).enumerated() {
    guard let value = values[digit] else { return nil }
    bits = (bits << 6 | value) & 0xFFFF
    // Each digit but the first of four completes a byte.
    let complete = index % 4
    if complete > 0 { bytes.append(UInt8(truncatingIfNeeded: bits >> (6 - 2 * complete))) }
  }
  return bytes
}
