/// Values that do not change any more, such as packed weights. Any number of threads may read them.
@safe struct ConstantBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  // SAFETY: this is the only reference to the buffer, and this type only reads it.
  private let buffer: Buffer<Element>

  /// Takes the ownership of a buffer. The caller must not keep a reference to it.
  @unsafe init(adopting buffer: Buffer<Element>) { self.buffer = buffer }

  init(_ values: [Element]) { buffer = Buffer(values) }

  var base: UnsafePointer<Element> { unsafe UnsafePointer(buffer.base) }
  var count: Int { buffer.count }
  /// Bytes of the values.
  var byteCount: Int { buffer.byteCount }
}
