extension Tensor {
  /// The longest chain of computations, each of which reads the result of another, that a tensor
  /// may need. Real files need three or four. Reading a tensor with a chain of a million would
  /// overflow the stack.
  public static let maxPendingSteps = 16

  /// A float32 tensor whose values are computed when they are first read. By referring to the same
  /// bytes many times, a small file can describe more tensors than fit into memory, but only few of
  /// them are ever read.
  ///
  /// - Parameters:
  ///   - sources: the tensors that `fill` reads.
  ///   - fill: writes the values, which are 0 before.
  /// - Throws: ``TensorError/tooManySteps`` if the chain of computations would be longer than
  ///   ``maxPendingSteps``; ``TensorError/tooManyElements(_:)``.
  public init(
    deferring shape: Shape, from sources: [Tensor],
    _ fill: @escaping @Sendable (inout MutableSpan<Float>) -> Void
  ) throws(TensorError) {
    let size = try shape.byteCount(of: .float32)
    self.init(
      wholeOf: try Storage(deferring: size, from: sources) {
        Storage(floatCount: shape.count, fill: fill)
      }, .float32, shape)
  }

  /// A tensor whose bytes are computed when they are first read: see
  /// ``init(deferring:from:_:)``.
  ///
  /// - Parameter bytes: returns the bytes of the tensor, as many as its shape and type need.
  public init(
    _ elementType: ElementType, deferring shape: Shape, from sources: [Tensor],
    bytes: @escaping @Sendable () -> [UInt8]
  ) throws(TensorError) {
    let size = try shape.byteCount(of: elementType)
    self.init(
      wholeOf: try Storage(deferring: size, from: sources) { Storage(copying: bytes().span) },
      elementType, shape)
  }

  /// The same tensor with its values in memory. They are computed now if they have not been before.
  ///
  /// Use it to read a tensor many times, because reading it needs no lock.
  public var computed: Tensor {
    storage.pendingSteps == 0 ? self : Tensor(self, in: storage.computed)
  }
}

extension Storage {
  fileprivate convenience init(
    deferring count: Int, from sources: [Tensor], _ make: @escaping @Sendable () -> Storage
  ) throws(TensorError) {
    let steps = 1 + (sources.map(\.storage.pendingSteps).max() ?? 0)
    guard steps <= Tensor.maxPendingSteps else { throw .tooManySteps }
    self.init(count: count, pendingSteps: steps, deferred: make)
  }
}
