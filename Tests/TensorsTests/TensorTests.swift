import Tensors
import Testing

@Suite struct TensorTests {
  @Test("float16 values convert exactly, subnormals and infinities included")
  func float16() {
    // IEEE 754-2019 binary16: bit patterns and the values they stand for.
    let cases: [(UInt16, Float)] = [
      (0x0000, 0), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65504), (0x0400, 0x1p-14),
      (0x0001, 0x1p-24), (0x83FF, -0x3FFp-24), (0x7C00, .infinity), (0x3555, 0.333251953125),
    ]
    for (bits, value) in cases { #expect(Float(float16Bits: bits) == value) }
    #expect(Float(float16Bits: 0x7E00).isNaN)
    #expect(Float(float16Bits: 0x8000).sign == .minus)
  }

  @Test("every stored floating-point type reads back as float32")
  func conversions() throws {
    let bfloat = try Tensor(bytes: [0x80, 0x3F, 0x00, 0xC0], .bfloat16, shape: [2])
    #expect(try bfloat.floats() == [1, -2])
    let half = try Tensor(bytes: [0x00, 0x3C], .float16, shape: [1])
    #expect(try half.floats() == [1])
    let double = try Tensor(bytes: [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], .float64, shape: [1])
    #expect(try double.floats() == [1.5])
    #expect(try Tensor([1, 2.5], shape: [1, 2]).floats() == [1, 2.5])
    let integers = try Tensor(bytes: [1], .int8, shape: [1])
    #expect(throws: TensorError.notFloatingPoint(.int8)) { try integers.floats() }
  }

  @Test("shapes that lie are refused")
  func hostileShapes() throws {
    #expect(throws: TensorError.tooManyElements([Int.max, 2])) { try Shape([Int.max, 2]) }
    #expect(throws: TensorError.negativeDimension([3, -1])) { try Shape([3, -1]) }
    #expect(throws: TensorError.wrongByteCount(expected: 8, found: 4)) {
      try Tensor(bytes: [0, 0, 0, 0], .float32, shape: [2])
    }
    let storage = Storage(copying: [UInt8](repeating: 0, count: 4).span)
    #expect(throws: TensorError.self) {
      try Tensor(.float32, Shape([1]), storage: storage, range: 2..<6)
    }
  }
}
