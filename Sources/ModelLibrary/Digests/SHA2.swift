/// SHA-256 (FIPS 180-4, section 6.2).
typealias SHA256 = SHA2<SHA2Over32Bits>
/// SHA-384 (FIPS 180-4, section 6.5): SHA-512 with other initial values, cut to 48 bytes.
typealias SHA384 = SHA2<SHA2Over64Bits>

/// What distinguishes the functions of the SHA-2 family.
protocol SHA2Parameters: Sendable {
  associatedtype Word: FixedWidthInteger & UnsignedInteger & Sendable
  static var initial: [Word] { get }
  static var constants: [Word] { get }
  static var digestSize: Int { get }
  // The functions of sections 4.1.2 and 4.1.3: the upper-case sigmas, then the lower-case ones.
  static func upper0(_ x: Word) -> Word
  static func upper1(_ x: Word) -> Word
  static func lower0(_ x: Word) -> Word
  static func lower1(_ x: Word) -> Word
}

enum SHA2Over32Bits: SHA2Parameters {
  static let initial = SHA2Constants.squareRoots[..<8].map { UInt32($0 >> 32) }
  static let constants = SHA2Constants.cubeRoots[..<64].map { UInt32($0 >> 32) }
  static let digestSize = 32

  @inline(__always) static func upper0(_ x: UInt32) -> UInt32 {
    x.rotatedRight(by: 2) ^ x.rotatedRight(by: 13) ^ x.rotatedRight(by: 22)
  }
  @inline(__always) static func upper1(_ x: UInt32) -> UInt32 {
    x.rotatedRight(by: 6) ^ x.rotatedRight(by: 11) ^ x.rotatedRight(by: 25)
  }
  @inline(__always) static func lower0(_ x: UInt32) -> UInt32 {
    x.rotatedRight(by: 7) ^ x.rotatedRight(by: 18) ^ x &>> 3
  }
  @inline(__always) static func lower1(_ x: UInt32) -> UInt32 {
    x.rotatedRight(by: 17) ^ x.rotatedRight(by: 19) ^ x &>> 10
  }
}

enum SHA2Over64Bits: SHA2Parameters {
  static let initial = Array(SHA2Constants.squareRoots[8...])
  static let constants = SHA2Constants.cubeRoots
  static let digestSize = 48

  @inline(__always) static func upper0(_ x: UInt64) -> UInt64 {
    x.rotatedRight(by: 28) ^ x.rotatedRight(by: 34) ^ x.rotatedRight(by: 39)
  }
  @inline(__always) static func upper1(_ x: UInt64) -> UInt64 {
    x.rotatedRight(by: 14) ^ x.rotatedRight(by: 18) ^ x.rotatedRight(by: 41)
  }
  @inline(__always) static func lower0(_ x: UInt64) -> UInt64 {
    x.rotatedRight(by: 1) ^ x.rotatedRight(by: 8) ^ x &>> 7
  }
  @inline(__always) static func lower1(_ x: UInt64) -> UInt64 {
    x.rotatedRight(by: 19) ^ x.rotatedRight(by: 61) ^ x &>> 6
  }
}

/// The computation that all of the family share, on words of 32 or 64 bits.
struct SHA2<Parameters: SHA2Parameters>: BlockHash {
  typealias Word = Parameters.Word

  static var blockSize: Int { 16 * wordSize }
  static var lengthSize: Int { 2 * wordSize }
  private static var wordSize: Int { Word.bitWidth / 8 }

  private var state = Parameters.initial
  private var schedule = [Word](repeating: 0, count: Parameters.constants.count)

  var digest: [UInt8] {
    Array(state.flatMap(\.bigEndianBytes).prefix(Parameters.digestSize))
  }

  mutating func compress(_ block: Span<UInt8>) {
    Self.compress(block, &state, &schedule, Parameters.constants.span)
  }

  private static func compress(
    _ block: Span<UInt8>, _ state: inout [Word], _ words: inout [Word], _ constants: Span<Word>
  ) {
    // A span, because a mutable array checks at every access whether it is uniquely referenced.
    var schedule = words.mutableSpan
    let rounds = constants.count
    for t in 0..<16 { schedule[t] = Word(bigEndianIn: block, at: wordSize * t) }
    for t in 16..<rounds {
      let older = schedule[t - 7] &+ schedule[t - 16]
      schedule[t] =
        older &+ Parameters.lower1(schedule[t - 2]) &+ Parameters.lower0(schedule[t - 15])
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for t in 0..<rounds {
      let choice = e & f ^ ~e & g
      let majority = a & b ^ a & c ^ b & c
      let first = h &+ Parameters.upper1(e) &+ choice &+ constants[t] &+ schedule[t]
      let second = Parameters.upper0(a) &+ majority
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ second)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }
}
