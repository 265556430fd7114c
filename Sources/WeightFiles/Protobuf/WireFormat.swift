/// A protobuf field's key: its number and how its value is stored
/// (protobuf.dev/programming-guides/encoding).
struct WireKey {
  enum Kind: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case groupStart = 3
    case groupEnd = 4
    case fixed32 = 5
  }

  let number: Int
  let kind: Kind
}

extension ByteReader {
  mutating func varint(_ what: String) throws(WeightFileError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte(what)
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .damaged(format, "\(what): a number of more than ten bytes")
  }

  mutating func wireKey(_ what: String) throws(WeightFileError) -> WireKey {
    let key = try varint(what)
    guard let kind = WireKey.Kind(rawValue: UInt8(key & 7)),
      let number = Int(exactly: key >> 3), number > 0, number < 1 << 29
    else { throw .damaged(format, "\(what): no field begins with \(key)") }
    return WireKey(number: number, kind: kind)
  }

  /// The range of a length-delimited field's content. The position moves behind it.
  mutating func lengthDelimited(_ what: String) throws(WeightFileError) -> Range<Int> {
    let length = try varint(what)
    guard let count = Int(exactly: length) else { throw .truncated(format, what: what) }
    return try take(count, what)
  }

  /// Moves the position behind the value of a field.
  mutating func skipValue(of key: WireKey, _ what: String) throws(WeightFileError) {
    // Groups can be nested. They are counted here, because recursion would let a file exhaust the
    // stack.
    var depth = 0
    var key = key
    repeat {
      switch key.kind {
      case .varint: _ = try varint(what)
      case .fixed64: _ = try take(8, what)
      case .fixed32: _ = try take(4, what)
      case .lengthDelimited: _ = try lengthDelimited(what)
      case .groupStart: depth += 1
      case .groupEnd: depth -= 1
      }
      guard depth >= 0 else { throw .damaged(format, "\(what): a group ends that never began") }
      if depth > 0 { key = try wireKey(what) }
    } while depth > 0
  }
}

/// Appends `value` as a protobuf varint.
func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
  var value = value
  while value >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
    value >>= 7
  }
  bytes.append(UInt8(value))
}
