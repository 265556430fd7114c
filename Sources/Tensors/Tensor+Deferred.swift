extension Tensor {
  /// The most computations, each on the result of another, that a tensor's values may take. Real
  /// files need three or four; a file that asks for a million would need a stack as deep.
  public static let maxPendingSteps = 16

  /// A float32 tensor whose values are computed when they are first read: a file may describe far
  /// more tensors, by referring to the same bytes again and again, than anybody will ever read.
  ///
  /// - Parameters:
  ///   - sources: the tensors that `fill` reads.
  ///   - fill: writes the values, which are 0 at first.
  /// - Throws: ``TensorError/tooManySteps`` where the sources have yet to be computed from others
  ///   that have yet to be computed, and so on for more than ``maxPendingSteps``;
  ///   ``TensorError/tooManyElements(_:)``.
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
  /// - Parameter bytes: gives exactly the bytes that shape and type ask for.
  public init(
    _ elementType: ElementType, deferring shape: Shape, from sources: [Tensor],
    bytes: @escaping @Sendable () -> [UInt8]
  ) throws(TensorError) {
    let size = try shape.byteCount(of: elementType)
    self.init(
      wholeOf: try Storage(deferring: size, from: sources) { Storage(copying: bytes().span) },
      elementType, shape)
  }

  /// The same tensor with its values in memory: computed now, where they have not been before.
  ///
  /// Whatever reads a tensor again and again should hold this one, which is read without a lock.
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
