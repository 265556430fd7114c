import Tensors
import Testing

@Suite struct FiniteTests {
  /// Bits of numbers of each type: the largest, the smallest, zeros and ones; then infinities, and
  /// NaN with the lowest and with all bits. Source: IEEE 754.
  private static let types: [(type: ElementType, finite: [UInt64], other: [UInt64])] = [
    (
      .float32, [0x7F7F_FFFF, 0xFF7F_FFFF, 1, 0x8000_0001, 0, 0x8000_0000, 0x3F80_0000],
      [0x7F80_0000, 0xFF80_0000, 0x7F80_0001, 0xFFFF_FFFF]
    ),
    (
      .float16, [0x7BFF, 0xFBFF, 1, 0x8001, 0, 0x8000, 0x3C00], [0x7C00, 0xFC00, 0x7C01, 0xFFFF]
    ),
    (
      .bfloat16, [0x7F7F, 0xFF7F, 1, 0x8001, 0, 0x8000, 0x3F80], [0x7F80, 0xFF80, 0x7F81, 0xFFFF]
    ),
    (
      .float64, [0x7FEF_FFFF_FFFF_FFFF, 0xFFEF_FFFF_FFFF_FFFF, 1, 0, 1 << 63],
      [0x7FF0 << 48, 0xFFF0 << 48, 0x7FF0 << 48 | 1, .max]
    ),
  ]

  @Test("one NaN or infinity at any place is found, and nothing else is")
  func places() throws {
    for (type, finite, other) in Self.types {
      for count in [0, 1, 2, 7, 8, 33] {
        let numbers = (0..<count).map { finite[$0 % finite.count] }
        #expect(try tensor(numbers, type).isFinite)
        for place in 0..<count {
          for bits in other {
            var numbers = numbers
            numbers[place] = bits
            #expect(try !tensor(numbers, type).isFinite, "\(type), \(place) of \(count)")
          }
        }
      }
    }
  }

  /// A tensor that starts at an odd byte.
  private func tensor(_ numbers: [UInt64], _ type: ElementType) throws -> FloatTensor {
    let bytes = numbers.flatMap { bits in
      (0..<type.size).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    }
    let storage = Storage(copying: ([0xFF] + bytes).span)
    return try FloatTensor(
      Tensor(type, Shape([numbers.count]), storage: storage, range: 1..<1 + bytes.count))
  }
}
