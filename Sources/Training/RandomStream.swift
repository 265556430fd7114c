/// Random numbers that depend only on a seed and on what they are for.
///
/// A training run draws numbers for each purpose, epoch and photo from a stream of their own, so
/// that results depend neither on the number of threads nor on where an interrupted run goes on.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014). It is not meant for secrets.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// What numbers are drawn for; each purpose has streams of its own.
  public enum Purpose: UInt64, Sendable {
    case initialization = 1
    case order, augmentation, dropout, split, noise
  }

  private var state: UInt64

  /// - Parameter counters: for example the epoch and the index of a photo.
  public init(seed: UInt64, _ purpose: Purpose, _ counters: UInt64...) {
    var key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    key = Self.mix(key ^ purpose.rawValue)
    for counter in counters { key = Self.mix(key &+ 0x9E37_79B9_7F4A_7C15 ^ counter) }
    state = key
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// SplitMix64's output function: every bit of the result depends on every bit of `value`.
  public static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// A number from 0 up to, but not including, 1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from the uniform distribution over `range`.
  public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// True with this probability.
  public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// A number from the standard normal distribution, by the polar method (Marsaglia and Bray 1964).
  public mutating func normal() -> Double {
    while true {
      let x = 2 * unit() - 1
      let y = 2 * unit() - 1
      let square = x * x + y * y
      if square > 0 && square < 1 { return x * (-2 * log(square) / square).squareRoot() }
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
