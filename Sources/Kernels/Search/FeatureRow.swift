import Tensors

/// The values of one row of ``FeatureRows``.
public enum FeatureRow: Sendable, Equatable {
  case int8([Int8])
  /// The bits of float16 values.
  case float16([UInt16])

  /// A row as kernels compare it with others: float16 values are widened to float32.
  public enum Query: Sendable {
    case int8([Int8])
    case float16([Float])

    public var length: Int {
      switch self {
      case .int8(let values): values.count
      case .float16(let values): values.count
      }
    }
  }

  /// Rounds values. For int8, the largest magnitude becomes 127.
  ///
  /// - Parameter values: finite; for float16, at most 65504 in magnitude.
  public init(_ values: [Float], _ element: FeatureRows.Element) {
    switch element {
    case .int8:
      let largest = values.reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? 127 / Double(largest) : 0
      self = .int8(
        values.map { Int8(max(-127, min(127, (Double($0) * scale).rounded()))) })
    case .float16:
      self = .float16(values.map { float16Bits(of: $0) })
    }
  }

  public var query: Query {
    switch self {
    case .int8(let values): .int8(values)
    case .float16(let bits): .float16(bits.map { Float(float16Bits: $0) })
    }
  }

  /// One divided by the Euclidean length of the row; 0 for a row of zeros.
  public var inverseLength: Float {
    let squares: Double =
      switch query {
      case .int8(let values): values.reduce(0) { $0 + Double($1) * Double($1) }
      case .float16(let values): values.reduce(0) { $0 + Double($1) * Double($1) }
      }
    return squares > 0 ? Float(1 / squares.squareRoot()) : 0
  }

  /// The row scaled to length 1; zeros stay zeros.
  public var unitValues: [Float] {
    let scale = inverseLength
    return switch query {
    case .int8(let values): values.map { Float($0) * scale }
    case .float16(let values): values.map { $0 * scale }
    }
  }

  /// The row as it is stored, little-endian.
  public var bytes: [UInt8] {
    switch self {
    case .int8(let values): values.map { UInt8(bitPattern: $0) }
    case .float16(let bits):
      bits.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }
  }
}

/// The bits of the float16 (IEEE 754 binary16) number nearest to `value`, ties to even. What is too
/// large becomes an infinity.
func float16Bits(of value: Float) -> UInt16 {
  let sign = UInt16(value.bitPattern >> 16 & 0x8000)
  let magnitude = abs(value)
  guard !magnitude.isNaN else { return sign | 0x7E00 }
  guard magnitude < 65520 else { return sign | 0x7C00 }
  guard magnitude >= 0x1p-14 else {
    // A multiple of the smallest denormal number. The largest one rounds up to the smallest normal
    // number, whose bits follow.
    return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
  }
  // The exponent has another bias, and 13 bits of the mantissa are rounded away. A mantissa that
  // rounds up to 2 raises the exponent.
  let bits = magnitude.bitPattern - (112 << 23)
  let rounded = bits + 0xFFF + (bits >> 13 & 1)
  return sign | UInt16(rounded >> 13)
}
