/// Values that do not change while they are used, such as packed weights: any number of threads may
/// read them.
@safe struct ConstantBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  // SAFETY: this type only reads the buffer, and nothing writes it meanwhile, as `init` demands.
  private let buffer: Buffer<Element>

  /// Takes a buffer over: the caller promises to write it no more, or only between uses.
  @unsafe init(adopting buffer: Buffer<Element>) { self.buffer = buffer }

  init(_ values: [Element]) { buffer = Buffer(values) }

  var base: UnsafePointer<Element> { unsafe UnsafePointer(buffer.base) }
  var count: Int { buffer.count }
  /// Bytes of the values.
  var byteCount: Int { buffer.byteCount }
}
