/// SHA-1 (FIPS 180-4, section 6.1), for files for which no stronger digest is published.
struct SHA1: BlockHash {
  static let blockSize = 64
  static let lengthSize = 8

  private var state: [UInt32] = [
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0,
  ]
  private var schedule = [UInt32](repeating: 0, count: 80)

  var digest: [UInt8] { state.flatMap(\.bigEndianBytes) }

  mutating func compress(_ block: Span<UInt8>) {
    for t in 0..<16 { schedule[t] = UInt32(bigEndianIn: block, at: 4 * t) }
    for t in 16..<80 {
      let mixed = schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16]
      schedule[t] = mixed.rotatedRight(by: 31)
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for t in 0..<80 {
      let (mix, constant): (UInt32, UInt32) =
        switch t {
        case 0..<20: (b & c ^ ~b & d, 0x5A82_7999)
        case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case 40..<60: (b & c ^ b & d ^ c & d, 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = a.rotatedRight(by: 27) &+ mix &+ e &+ constant &+ schedule[t]
      (e, d, c, b, a) = (d, c, b.rotatedRight(by: 2), a, next)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
  }
}
