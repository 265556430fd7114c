import Tensors

extension Storage {
  /// The little-endian integer at a position, which must lie inside the storage.
  func integer<Integer: FixedWidthInteger>(_ type: Integer.Type, at start: Int) -> Integer {
    withBytes(start..<start + Integer.bitWidth / 8) { bytes in
      var value: Integer = 0
      for index in (0..<bytes.count).reversed() {
        value = value << 8 | Integer(truncatingIfNeeded: bytes[index])
      }
      return value
    }
  }

  func float(at start: Int) -> Float { Float(bitPattern: integer(UInt32.self, at: start)) }

  /// Little-endian float32 values.
  func floats(at start: Int, count: Int) -> [Float] {
    withBytes(start..<start + 4 * count) { bytes in
      (0..<count).map { index in
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * index + $1]) << (8 * $1) }
        return Float(bitPattern: bits)
      }
    }
  }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    withBytes(range) { bytes in (0..<bytes.count).map { bytes[$0] } }
  }
}

extension [UInt8] {
  mutating func append<Integer: FixedWidthInteger>(littleEndian value: Integer) {
    for index in 0..<Integer.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: value >> (8 * index)))
    }
  }

  mutating func append(littleEndian values: [Float]) {
    reserveCapacity(count + 4 * values.count)
    for value in values { append(littleEndian: value.bitPattern) }
  }
}

/// FNV-1a of 64 bits (Fowler, Noll and Vo).
func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
