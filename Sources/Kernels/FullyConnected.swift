import CKernels
import Tensors
public import Threads

/// A fully connected layer over weights `[out, in]` that are read where they lie, unpacked.
public struct FullyConnected: Sendable {
  public let inputs: Int
  public let outputs: Int
  private let relu: Bool
  private let bias: FloatBuffer
  private let weights: Weights
  private let kernels: InstructionSet

  /// float32 values in place: a mapped file, or memory of ours.
  @safe private enum Weights: @unchecked Sendable {
    case mapped(Tensor)
    case owned(FloatBuffer)
  }

  /// - Parameters:
  ///   - weights: `[out, in]`. Aligned float32 tensors are used in place; other floating-point types
  ///     are converted once.
  ///   - bias: one value an output.
  /// - Throws: ``TensorError/notFloatingPoint(_:)``.
  public init(
    weights: Tensor, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) throws(TensorError) {
    precondition(weights.shape.dimensions.count == 2)
    outputs = weights.shape.dimensions[0]
    inputs = weights.shape.dimensions[1]
    precondition(bias.count == outputs)
    self.bias = FloatBuffer(bias)
    self.relu = relu
    self.kernels = kernels
    // SAFETY: only the address is looked at.
    let isAligned = unsafe weights.storage.withUnsafeBytes(weights.range) {
      UInt(bitPattern: $0.baseAddress) % 4 == 0
    }
    if weights.elementType == .float32, isAligned, Self.isLittleEndian {
      self.weights = .mapped(weights)
    } else {
      self.weights = .owned(FloatBuffer(try weights.floats()))
    }
  }

  private static let isLittleEndian = 1.littleEndian == 1

  /// Bytes of the weights.
  public var weightBytes: Int { inputs * outputs * MemoryLayout<Float>.stride }

  /// Multiplies the first `images` vectors of `input` into `output`, split over `pool`.
  ///
  /// Both must be made for the same number of images.
  public func run(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && output.length == outputs)
    precondition(input.lanes == output.lanes && images <= input.images && images <= output.images)
    // SAFETY: the weights hold outputs x inputs aligned floats, checked in `init`.
    switch weights {
    case .owned(let buffer):
      unsafe run(UnsafePointer(buffer.base), input, output, images: images, pool: pool)
    case .mapped(let tensor):
      unsafe tensor.storage.withUnsafeBytes(tensor.range) { bytes in
        guard let base = bytes.baseAddress else { return }
        unsafe run(
          base.assumingMemoryBound(to: Float.self), input, output, images: images, pool: pool)
      }
    }
  }

  @unsafe private func run(
    _ weights: UnsafePointer<Float>, _ input: FeatureVectors, _ output: FeatureVectors,
    images: Int, pool: WorkerPool
  ) {
    let weights = unsafe SharedPointer(weights)
    if input.lanes == 1 {
      let rows = 32
      pool.run((outputs + rows - 1) / rows) { task in
        unsafe dot(
          weights.base, input, output, rows: task * rows..<min(task * rows + rows, outputs))
      }
    } else {
      let rows = kernels.tileRows
      pool.run((outputs + rows - 1) / rows) { task in
        unsafe multiply(
          weights.base, input, output, images: images,
          rows: task * rows..<min(task * rows + rows, outputs), threads: pool.threads)
      }
    }
  }

  /// One image: bound by reading the weights once.
  @unsafe private func dot(
    _ weights: UnsafePointer<Float>, _ input: FeatureVectors, _ output: FeatureVectors,
    rows: Range<Int>
  ) {
    var part = unsafe f32_dot()
    unsafe part.weights = weights + rows.lowerBound * inputs
    unsafe part.row_stride = inputs
    unsafe part.rows = rows.count
    unsafe part.length = inputs
    unsafe part.x = UnsafePointer(input.buffer.base)
    unsafe part.bias = UnsafePointer(bias.base + rows.lowerBound)
    unsafe part.output = output.buffer.base + rows.lowerBound
    unsafe part.relu = relu ? 1 : 0
    unsafe kernels.dot(&part)
  }

  /// A batch: rows of weights times blocks of images.
  ///
  /// The rows' next few hundred values are first copied side by side. Rows often lie a multiple of
  /// 4096 bytes apart, where they would all compete for one set of the first-level cache.
  @unsafe private func multiply(
    _ weights: UnsafePointer<Float>, _ input: FeatureVectors, _ output: FeatureVectors,
    images: Int, rows: Range<Int>, threads: Int
  ) {
    let depth = 512
    let stride = depth + 16
    let blocks = (images + input.lanes - 1) / input.lanes
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * stride) { copy in
      guard let copy = copy.baseAddress else { return }
      for start in Swift.stride(from: 0, to: inputs, by: depth) {
        let count = min(depth, inputs - start)
        for (index, row) in rows.enumerated() {
          unsafe (copy + index * stride).update(from: weights + row * inputs + start, count: count)
        }
        for block in 0..<blocks {
          var tile = unsafe f32_gemm()
          unsafe tile.a = UnsafePointer(copy)
          unsafe tile.a_row_stride = stride
          unsafe tile.outer = 1
          unsafe tile.inner = 1
          unsafe tile.run = count
          unsafe tile.b = UnsafePointer(
            input.buffer.base + (block * inputs + start) * input.lanes)
          unsafe tile.c = output.buffer.base + (block * outputs + rows.lowerBound) * output.lanes
          unsafe tile.c_row_stride = output.lanes
          unsafe tile.rows = rows.count
          unsafe tile.columns = output.lanes
          unsafe tile.row_bias = UnsafePointer(bias.base + rows.lowerBound)
          unsafe tile.accumulate = start == 0 ? 0 : 1
          unsafe tile.relu = relu && start + count == inputs ? 1 : 0
          if block == 0 {
            unsafe tile.next = next(weights, after: rows, start + depth, count, threads)
            unsafe tile.next_stride = inputs
          }
          unsafe kernels.gemm(&tile)
        }
      }
    }
  }

  /// Where the values lie that this thread is likely to copy next: of the same rows, or, at their end, of
  /// those of its next task; nil where there are none.
  @unsafe private func next(
    _ weights: UnsafePointer<Float>, after rows: Range<Int>, _ start: Int, _ count: Int,
    _ threads: Int
  ) -> UnsafePointer<Float>? {
    if start + count <= inputs { return unsafe weights + rows.lowerBound * inputs + start }
    let first = rows.lowerBound + threads * rows.count
    return first + rows.count <= outputs ? unsafe weights + first * inputs : nil
  }
}
