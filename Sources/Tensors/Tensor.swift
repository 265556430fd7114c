/// Values of one type in row-major order: a shape, and a range of bytes in a ``Storage``.
///
/// Values are little-endian.
public struct Tensor: Sendable {
  public let elementType: ElementType
  public let shape: Shape
  public let storage: Storage
  /// The range of the values in `storage`, in bytes.
  public let range: Range<Int>

  /// - Throws: ``TensorError/wrongByteCount(expected:found:)`` if `range` does not have the size
  ///   that follows from shape and type, or is not inside `storage`.
  public init(
    _ elementType: ElementType, _ shape: Shape, storage: Storage, range: Range<Int>
  ) throws(TensorError) {
    let expected = try shape.byteCount(of: elementType)
    guard range.count == expected else {
      throw .wrongByteCount(expected: expected, found: range.count)
    }
    guard range.lowerBound >= 0, range.upperBound <= storage.count else {
      throw .wrongByteCount(
        expected: expected, found: max(0, storage.count - max(0, range.lowerBound)))
    }
    self.elementType = elementType
    self.shape = shape
    self.storage = storage
    self.range = range
  }

  /// A float32 tensor that owns a copy of `values`.
  public init(_ values: [Float], shape: [Int]) throws(TensorError) {
    let storage = withLittleEndianBytes(of: values) { bytes in Storage(copying: bytes) }
    try self.init(
      .float32, Shape(shape), storage: storage, range: 0..<values.count * MemoryLayout<Float>.size)
  }

  /// An int8 tensor that owns a copy of `values`.
  public init(int8 values: [Int8], shape: [Int]) throws(TensorError) {
    // SAFETY: the values' memory is read during the call only.
    let storage = unsafe values.withUnsafeBytes { bytes in
      unsafe Storage(copying: Span(_unsafeBytes: bytes))
    }
    try self.init(.int8, Shape(shape), storage: storage, range: 0..<values.count)
  }

  /// An int8 tensor that owns a copy of `values`. There must be one for each element of the shape.
  public init(int8 values: [Int8], shape: Shape) {
    precondition(values.count == shape.count)
    // SAFETY: the values' memory is read during the call only.
    let storage = unsafe values.withUnsafeBytes { bytes in
      unsafe Storage(copying: Span(_unsafeBytes: bytes))
    }
    self.init(wholeOf: storage, .int8, shape)
  }

  /// A tensor that owns a copy of little-endian `bytes`.
  public init(
    bytes: [UInt8], _ elementType: ElementType, shape: [Int]
  ) throws(TensorError) {
    let storage = Storage(copying: bytes.span)
    try self.init(elementType, Shape(shape), storage: storage, range: 0..<bytes.count)
  }

  /// A tensor that is all of `storage`, whose size must fit the type and the shape.
  init(wholeOf storage: Storage, _ elementType: ElementType, _ shape: Shape) {
    self.elementType = elementType
    self.shape = shape
    self.storage = storage
    range = 0..<storage.count
  }

  /// The same tensor in another storage that has the same bytes.
  init(_ tensor: Tensor, in storage: Storage) {
    elementType = tensor.elementType
    shape = tensor.shape
    self.storage = storage
    range = tensor.range
  }

  /// Calls `body` with the raw little-endian bytes.
  public func withBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withBytes(range, body)
  }

  /// The values as float32, converted from F32, F16, BF16 or F64.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  public func floats() throws(TensorError) -> [Float] { try FloatTensor(self).floats() }

  /// Writes the values at the positions `range` of ``floats()``.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  public func write(
    _ range: Range<Int>, to target: inout MutableSpan<Float>
  ) throws(TensorError) {
    try FloatTensor(self).write(range, to: &target)
  }
}

extension Float {
  /// The float16 (IEEE 754 binary16) number with these bits.
  public init(float16Bits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      // Zero or subnormal: fraction x 2^-24, exact in float32.
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 0x1F:
      self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

/// Calls `body` with the bytes of float32 values as files have them.
public func withLittleEndianBytes<Result, Failure: Error>(
  of values: [Float], _ body: (Span<UInt8>) throws(Failure) -> Result
) throws(Failure) -> Result {
  let integers = values.map { $0.bitPattern.littleEndian }
  // SAFETY: integers have no padding, and their memory is read during the call only.
  return try body(unsafe Span(_bytes: integers.span.bytes))
}
