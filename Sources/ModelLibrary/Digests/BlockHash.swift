/// A hash function of FIPS 180-4, which works on whole blocks.
///
/// The package has its own implementation because it needs only the digests of files, and building
/// a cryptography package took longer than building everything else together.
protocol BlockHash: Sendable {
  /// The number of bytes in a block.
  static var blockSize: Int { get }
  /// The number of bytes that hold the message's length at the end of the last block.
  static var lengthSize: Int { get }
  init()
  /// Adds one block to the hash.
  mutating func compress(_ block: Span<UInt8>)
  /// The hash of all blocks so far.
  var digest: [UInt8] { get }
}

/// Computes the hash of a message that comes in parts of any size.
struct MessageHash<Function: BlockHash>: Sendable {
  private var function = Function()
  /// The beginning of a block that is not complete yet.
  private var pending: [UInt8] = []
  private var messageSize: UInt64 = 0

  mutating func update(_ part: Span<UInt8>) {
    messageSize &+= UInt64(part.count)
    var start = 0
    if !pending.isEmpty {
      start = min(Function.blockSize - pending.count, part.count)
      for index in 0..<start { pending.append(part[index]) }
      guard pending.count == Function.blockSize else { return }
      let block = pending
      pending = []
      function.compress(block.span)
    }
    while part.count - start >= Function.blockSize {
      function.compress(part.extracting(start..<start + Function.blockSize))
      start += Function.blockSize
    }
    for index in start..<part.count { pending.append(part[index]) }
  }

  /// The hash of all parts so far. FIPS 180-4, section 5.1: the message is padded with a bit 1,
  /// zeros and its length in bits.
  var digest: [UInt8] {
    var function = function
    var tail = pending + [0x80]
    while (tail.count + Function.lengthSize) % Function.blockSize != 0 { tail.append(0) }
    tail += [UInt8](repeating: 0, count: Function.lengthSize - 8)
    tail += (messageSize &* 8).bigEndianBytes
    for start in stride(from: 0, to: tail.count, by: Function.blockSize) {
      function.compress(tail.span.extracting(start..<start + Function.blockSize))
    }
    return function.digest
  }
}

extension FixedWidthInteger {
  var bigEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }

  /// The big-endian integer at `offset`.
  @inline(__always) init(bigEndianIn bytes: Span<UInt8>, at offset: Int) {
    var value: Self = 0
    for index in 0..<Self.bitWidth / 8 { value = value << 8 | Self(bytes[offset + index]) }
    self = value
  }

  @inline(__always) func rotatedRight(by count: Int) -> Self {
    self &>> Self(count) | self &<< Self(Self.bitWidth - count)
  }
}
