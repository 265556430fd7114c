import CKernels
import Tensors
public import Threads

/// A fully connected layer. Its weights, `[out, in]`, are neither copied nor packed.
public struct FullyConnected: Sendable {
  public let inputs: Int
  public let outputs: Int
  private let relu: Bool
  private let bias: ConstantBuffer<Float>
  private let weights: Weights
  private let kernels: InstructionSet

  /// float32 values: in a mapped file, or in memory that this layer owns.
  private enum Weights: Sendable {
    case mapped(Tensor)
    case owned(ConstantBuffer<Float>)
  }

  /// - Parameters:
  ///   - weights: `[out, in]`. Aligned float32 tensors are used in place; weights of every other
  ///     form are converted once.
  ///   - bias: one value an output.
  public init(
    _ weights: WeightMatrix, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) {
    precondition(weights.dimensions.count == 2)
    outputs = weights.dimensions[0]
    inputs = weights.dimensions[1]
    precondition(bias.count == outputs)
    self.bias = ConstantBuffer(bias)
    self.relu = relu
    self.kernels = kernels
    if case .dense(let floats) = weights, Self.isReadable(floats.tensor) {
      self.weights = .mapped(floats.tensor)
    } else {
      self.weights = .owned(ConstantBuffer(weights.floats()))
    }
  }

  /// The same for a tensor of any type.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)``.
  public init(
    weights: Tensor, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) throws(TensorError) {
    self.init(.dense(try FloatTensor(weights)), bias: bias, relu: relu, kernels: kernels)
  }

  /// Whether the kernels can read the tensor's values without a copy.
  private static func isReadable(_ tensor: Tensor) -> Bool {
    // SAFETY: only the address is looked at.
    let isAligned = unsafe tensor.storage.withUnsafeBytes(tensor.range) {
      UInt(bitPattern: $0.baseAddress) % 4 == 0
    }
    return tensor.elementType == .float32 && isAligned && isLittleEndian
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
      unsafe run(buffer.base, input, output, images: images, pool: pool)
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
    if input.lanes == 1 {
      let rows = 32
      unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
        unsafe dot(
          weights, input, output, rows: task * rows..<min(task * rows + rows, outputs))
      }
    } else {
      let rows = kernels.tileRows
      unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
        unsafe multiply(
          weights, input, output, images: images,
          rows: task * rows..<min(task * rows + rows, outputs), pool: pool)
      }
    }
  }

  /// Runs the layer for one image. Most of the time is spent on reading the weights.
  @unsafe private func dot(
    _ weights: UnsafePointer<Float>, _ input: FeatureVectors, _ output: FeatureVectors,
    rows: Range<Int>
  ) {
    var part = unsafe f32_dot()
    unsafe part.weights = weights + rows.lowerBound * inputs
    unsafe part.row_stride = inputs
    unsafe part.rows = rows.count
    unsafe part.length = inputs
    unsafe part.x = UnsafePointer(input.base)
    unsafe part.bias = UnsafePointer(bias.base + rows.lowerBound)
    unsafe part.output = output.base + rows.lowerBound
    unsafe part.relu = relu ? 1 : 0
    unsafe kernels.dot(&part)
  }

  /// A batch: rows of weights times blocks of images.
  ///
  /// The rows' next few hundred values are first copied side by side. Rows often lie a multiple of
  /// 4096 bytes apart, where they would all compete for one set of the first-level cache.
  @unsafe private func multiply(
    _ weights: UnsafePointer<Float>, _ input: FeatureVectors, _ output: FeatureVectors,
    images: Int, rows: Range<Int>, pool: WorkerPool
  ) {
    let depth = 512
    let stride = depth + 16
    let blocks = (images + input.lanes - 1) / input.lanes
    unsafe pool.scratch.withValues(of: Float.self, rows.count * stride) { copy in
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
            input.base + (block * inputs + start) * input.lanes)
          unsafe tile.c = output.base + (block * outputs + rows.lowerBound) * output.lanes
          unsafe tile.c_row_stride = output.lanes
          unsafe tile.rows = rows.count
          unsafe tile.columns = output.lanes
          unsafe tile.row_bias = UnsafePointer(bias.base + rows.lowerBound)
          unsafe tile.accumulate = start == 0 ? 0 : 1
          unsafe tile.relu = relu && start + count == inputs ? 1 : 0
          if block == 0 {
            unsafe tile.next = next(weights, after: rows, start + depth, count, pool.threads)
            unsafe tile.next_stride = inputs
          }
          unsafe kernels.gemm(&tile)
        }
      }
    }
  }

  /// The address of the values that this thread is likely to copy next: in the same rows, or, at
  /// their end, in the rows of its next task; nil if there are none.
  @unsafe private func next(
    _ weights: UnsafePointer<Float>, after rows: Range<Int>, _ start: Int, _ count: Int,
    _ threads: Int
  ) -> UnsafePointer<Float>? {
    if start + count <= inputs { return unsafe weights + rows.lowerBound * inputs + start }
    let first = rows.lowerBound + threads * rows.count
    return first + rows.count <= outputs ? unsafe weights + first * inputs : nil
  }
}
