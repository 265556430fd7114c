/// Values that never change once they are made, such as packed weights: any number of threads may
/// read them.
@safe struct ConstantBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  // SAFETY: this is the only reference to the buffer, and this type only reads it.
  private let buffer: Buffer<Element>

  /// Takes a buffer over: the caller promises to keep no reference to it.
  @unsafe init(adopting buffer: Buffer<Element>) { self.buffer = buffer }

  init(_ values: [Element]) { buffer = Buffer(values) }

  var base: UnsafePointer<Element> { unsafe UnsafePointer(buffer.base) }
  var count: Int { buffer.count }
  /// Bytes of the values.
  var byteCount: Int { buffer.byteCount }
}
