private let alphabet = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// Bytes as base64 (RFC 4648, section 4).
func base64Text(of bytes: [UInt8]) -> String {
  String(decoding: base64Digits(of: bytes), as: UTF8.self)
}

/// Bytes as base64 (RFC 4648, section 4), in ASCII.
public func base64Digits(of bytes: [UInt8]) -> [UInt8] {
  let digits = alphabet
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  let whole = bytes.count / 3 * 3
  for start in stride(from: 0, to: whole, by: 3) {
    let bits = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
    text.append(digits[bits >> 18])
    text.append(digits[bits >> 12 & 63])
    text.append(digits[bits >> 6 & 63])
    text.append(digits[bits & 63])
  }
  let rest = bytes[whole...]
  guard !rest.isEmpty else { return text }
  let bits = rest.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - rest.count))
  for digit in 0..<4 {
    text.append(digit <= rest.count ? digits[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
  }
  return text
}

/// The bytes of a base64 text (RFC 4648, section 4); nil where it is none.
func base64Bytes(of text: String) -> [UInt8]? {
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
