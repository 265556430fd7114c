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
