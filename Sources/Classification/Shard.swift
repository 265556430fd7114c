public import System

/// One of several parts into which the inputs of a run are divided, each for a process or machine
/// of its own. Which part an input is in follows from its path alone, so that new files move none.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// The number of this part, from 1 to `count`.
  public let index: Int
  public let count: Int

  /// Nil where `index` is not between 1 and `count`.
  public init?(_ index: Int, of count: Int) {
    guard count > 0, (1...count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  /// `2/3` for the second of three parts.
  public var description: String { "\(index)/\(count)" }

  /// Whether the input with this path is in this part.
  public func contains(_ path: RawPath) -> Bool {
    Self.hash(path.bytes) % UInt64(count) == UInt64(index - 1)
  }

  /// FNV-1a of 64 bits (Fowler, Noll and Vo), with its halves combined, since its low bits alone
  /// depend on the low bits of the input only.
  static func hash(_ bytes: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ hash >> 32
  }
}
