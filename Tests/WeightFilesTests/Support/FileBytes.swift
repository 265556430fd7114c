/// Files that are written by hand.
extension UInt32 {
  var littleEndianBytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: self >> (8 * UInt32($0))) }
  }
}

/// A message in protobuf's wire format.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private mutating func add(varint value: Int) {
    var rest = UInt64(value)
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func add(_ field: Int, _ value: Int) {
    add(varint: field << 3)
    add(varint: value)
  }

  mutating func add(_ field: Int, _ content: [UInt8]) {
    add(varint: field << 3 | 2)
    add(varint: content.count)
    bytes += content
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }
}
