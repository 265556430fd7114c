/// A tensor of floating-point numbers of 16, 32 or 64 bits. Its type is checked once, so that
/// reading its values cannot fail.
public struct FloatTensor: Sendable {
  /// The values as they are stored.
  public let tensor: Tensor
  private let format: Format

  private enum Format {
    case float32
    case bfloat16
    case float16
    case float64
  }

  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  public init(_ tensor: Tensor) throws(TensorError) {
    self.tensor = tensor
    switch tensor.elementType {
    case .float32: format = .float32
    case .bfloat16: format = .bfloat16
    case .float16: format = .float16
    case .float64: format = .float64
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool:
      throw .notFloatingPoint(tensor.elementType)
    }
  }

  /// A float32 tensor that owns a copy of `values`.
  ///
  /// - Throws: ``TensorError`` if the shape does not have as many elements as there are values.
  public init(_ values: [Float], shape: [Int]) throws(TensorError) {
    tensor = try Tensor(values, shape: shape)
    format = .float32
  }

  public var shape: Shape { tensor.shape }

  /// All values as float32, row-major.
  public func floats() -> [Float] {
    var floats = [Float](repeating: 0, count: shape.count)
    var span = floats.mutableSpan
    write(0..<shape.count, to: &span)
    return floats
  }

  /// Writes the values at the positions `range` of ``floats()``.
  ///
  /// - Parameter target: one value for each position.
  public func write(_ range: Range<Int>, to target: inout MutableSpan<Float>) {
    switch format {
    case .float32:
      convert(range, &target) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .bfloat16:
      convert(range, &target) { (bits: UInt16) in
        Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
      }
    case .float16:
      convert(range, &target) { (bits: UInt16) in
        Float(float16Bits: UInt16(littleEndian: bits))
      }
    case .float64:
      convert(range, &target) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    }
  }

  private func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ values: Range<Int>, _ target: inout MutableSpan<Float>, _ value: (Bits) -> Float
  ) {
    precondition(values.lowerBound >= 0 && values.upperBound <= shape.count)
    precondition(target.count == values.count)
    // SAFETY: `Tensor` checked that its range has `shape.count` values of this size. A range may
    // start at any byte, so the loads are unaligned.
    unsafe tensor.storage.withUnsafeBytes(tensor.range) { bytes in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let bytes = bytes.baseAddress, let target = target.baseAddress else { return }
        let size = MemoryLayout<Bits>.size
        let source = unsafe bytes + values.lowerBound * size
        for index in 0..<values.count {
          unsafe target[index] = value(
            source.loadUnaligned(fromByteOffset: index * size, as: Bits.self))
        }
      }
    }
  }
}
