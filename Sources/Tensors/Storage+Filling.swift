extension Storage {
  /// New memory for `count` float32 values. They are 0 until `fill` writes them.
  public convenience init<Failure: Error>(
    floatCount count: Int, fill: (inout MutableSpan<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let floats = OwnedFloats(count: count)
    try floats.fill(fill)
    // SAFETY: the storage owns `floats`, whose memory nothing writes to from here on.
    unsafe self.init(viewing: floats.bytes, owner: floats)
  }
}

extension Tensor {
  /// A float32 tensor in new memory. The values are 0 until `fill` writes them.
  public init<Failure: Error>(
    filling shape: Shape, _ fill: (inout MutableSpan<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let storage = try Storage(floatCount: shape.count, fill: fill)
    self.init(wholeOf: storage, .float32, shape)
  }
}

/// Memory for float32 values, aligned to 64 bytes.
@safe private final class OwnedFloats {
  private let buffer: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    // SAFETY: the memory was allocated for this many floats and is bound to nothing else.
    let base = unsafe memory.baseAddress?.bindMemory(to: Float.self, capacity: max(count, 1))
    unsafe buffer = UnsafeMutableBufferPointer(start: base, count: count)
    unsafe buffer.initialize(repeating: 0)
  }

  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(buffer) }

  func fill<Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    // SAFETY: the memory is initialised, and nothing else refers to it yet.
    var span = unsafe MutableSpan(_unsafeElements: buffer)
    try body(&span)
  }

  deinit {
    // SAFETY: the address is the one that `init` allocated; floats need no deinitialisation.
    unsafe buffer.baseAddress?.deallocate()
  }
}
