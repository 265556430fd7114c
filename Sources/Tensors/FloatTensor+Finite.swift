extension FloatTensor {
  /// Whether no value is NaN or infinite.
  public var isFinite: Bool {
    switch tensor.elementType {
    case .float64: isFinite(exponent: UInt64(0x7FF) << 52)
    case .float32: isFinite(exponent: UInt32(0xFF) << 23)
    case .bfloat16: isFinite(exponent: UInt16(0xFF) << 7)
    default: isFinite(exponent: UInt16(0x1F) << 10)
    }
  }

  /// Whether no value has all bits of the exponent set, as NaN and the infinities have.
  ///
  /// Adding the exponent's lowest bit to such an exponent carries into the sign bit, and does not
  /// with any other. So the loop has no branches, and the compiler vectorises it.
  private func isFinite<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    exponent: Bits
  ) -> Bool {
    let lowest = exponent & (~exponent &+ 1)
    // SAFETY: `Tensor` checked that its range has `shape.count` values of this size. A range may
    // start at any byte, so the loads are unaligned.
    return unsafe tensor.storage.withUnsafeBytes(tensor.range) { bytes in
      guard let start = bytes.baseAddress else { return true }
      var carries: Bits = 0
      for index in 0..<shape.count {
        let bits = unsafe Bits(
          littleEndian: start.loadUnaligned(
            fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self))
        carries |= (bits & exponent) &+ lowest
      }
      return carries >> Bits(Bits.bitWidth - 1) == 0
    }
  }
}
