import CKernels
import Tensors
public import Threads

/// A fully connected layer over bfloat16 weights `[out, in]`: half of float32's bytes to read.
///
/// Its inputs are rounded to bfloat16 (to nearest, ties to even) before they meet the weights; sums
/// and outputs are float32.
public struct BFloat16FullyConnected: Sendable {
  public let inputs: Int
  public let outputs: Int
  private let relu: Bool
  private let bias: ConstantBuffer<Float>
  private let weights: Weights
  private let kernels: InstructionSet

  /// bfloat16 values: in a mapped file, or in memory that this layer owns.
  private enum Weights: Sendable {
    case mapped(Tensor)
    case owned(ConstantBuffer<UInt16>)
  }

  /// - Parameters:
  ///   - weights: `[out, in]`. Aligned bfloat16 tensors are used in place; other floating-point
  ///     types are rounded once.
  ///   - bias: one value an output.
  /// - Throws: ``TensorError/notFloatingPoint(_:)``.
  public init(
    weights: Tensor, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) throws(TensorError) {
    self.init(.dense(try FloatTensor(weights)), bias: bias, relu: relu, kernels: kernels)
  }

  /// The same for weights in any form, which are rounded once unless they are bfloat16 already.
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
      self.weights = .owned(Self.rounded(weights, kernels))
    }
  }

  private static func isReadable(_ tensor: Tensor) -> Bool {
    // SAFETY: only the address is looked at.
    let isAligned = unsafe tensor.storage.withUnsafeBytes(tensor.range) {
      UInt(bitPattern: $0.baseAddress) % 2 == 0
    }
    return tensor.elementType == .bfloat16 && isAligned && 1.littleEndian == 1
  }

  private static func rounded(
    _ weights: WeightMatrix, _ kernels: InstructionSet
  ) -> ConstantBuffer<UInt16> {
    let (outputs, inputs) = (weights.dimensions[0], weights.dimensions[1])
    let buffer = Buffer<UInt16>(count: outputs * inputs)
    // A few rows at a time, which stay in the cache. A sparse matrix is written out as a whole.
    let rows = if case .sparse = weights { outputs } else { min(outputs, 16) }
    let floats = FloatBuffer(count: rows * inputs)
    for first in stride(from: 0, to: outputs, by: rows) {
      let part = first..<min(first + rows, outputs)
      floats.withMutableSpan(0..<part.count * inputs) { weights.write(outputs: part, to: &$0) }
      // SAFETY: both were sized for these rows.
      unsafe kernels.round(
        UnsafePointer(floats.base), buffer.base + first * inputs, count: part.count * inputs)
    }
    return unsafe ConstantBuffer(adopting: buffer)
  }

  /// Bytes of the weights.
  public var weightBytes: Int { inputs * outputs * MemoryLayout<UInt16>.stride }

  /// Multiplies the first `images` vectors of `input`, rounded, into `output`, split over `pool`.
  ///
  /// Both must be made for the same number of images.
  public func run(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && output.length == outputs)
    precondition(input.lanes == output.lanes && images <= input.images && images <= output.images)
    BFloat16Vectors.withRounded(input, images: images, kernels: kernels, pool: pool) { rounded in
      // SAFETY: the weights hold outputs x inputs aligned values, checked in `init`.
      switch weights {
      case .owned(let buffer):
        unsafe run(buffer.base, rounded, output, images: images, pool: pool)
      case .mapped(let tensor):
        unsafe tensor.storage.withUnsafeBytes(tensor.range) { bytes in
          guard let base = bytes.baseAddress else { return }
          unsafe run(
            base.assumingMemoryBound(to: UInt16.self), rounded, output, images: images, pool: pool)
        }
      }
    }
  }

  @unsafe private func run(
    _ weights: UnsafePointer<UInt16>, _ input: BFloat16Vectors, _ output: FeatureVectors,
    images: Int, pool: WorkerPool
  ) {
    if input.width == 1 {
      unsafe runOne(weights, input, output, pool: pool)
    } else {
      unsafe runBatch(weights, input, output, images: images, pool: pool)
    }
  }

  /// Runs the layer for one image. Most of the time is spent on reading the weights.
  @unsafe private func runOne(
    _ weights: UnsafePointer<UInt16>, _ input: BFloat16Vectors, _ output: FeatureVectors,
    pool: WorkerPool
  ) {
    let rows = 32
    unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
      let first = task * rows
      // SAFETY: all buffers hold as many values as the layer has inputs or outputs.
      var part = unsafe bf16_dot()
      unsafe part.weights = weights + first * inputs
      unsafe part.rows = min(rows, outputs - first)
      unsafe part.length = inputs
      unsafe part.x = UnsafePointer(input.base)
      unsafe part.bias = UnsafePointer(bias.base + first)
      unsafe part.relu = relu ? 1 : 0
      unsafe part.output = output.base + first
      unsafe kernels.dot(&part)
    }
  }

  /// A batch: rows of weights times panels of images.
  @unsafe private func runBatch(
    _ weights: UnsafePointer<UInt16>, _ input: BFloat16Vectors, _ output: FeatureVectors,
    images: Int, pool: WorkerPool
  ) {
    let width = input.width
    let panelsABlock = output.lanes / width
    let panelCount = (images + width - 1) / width
    let rows = kernels.bfloat16TileRows
    unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
      let first = task * rows
      let count = min(rows, outputs - first)
      // The weights that this thread is likely to multiply next: they are fetched into the cache
      // meanwhile.
      let next = first + rows * pool.threads
      unsafe weights.withRows(
        first..<first + count, length: inputs, group: 2, scratch: pool.scratch
      ) {
        rowBase, stride in
        // SAFETY: a block of vectors holds `lanes` columns, a multiple of the panel's; tasks write
        // disjoint rows.
        var tile = unsafe bf16_product()
        unsafe tile.a = rowBase
        unsafe tile.a_row_stride = stride
        unsafe tile.pairs = (inputs + 1) / 2
        unsafe tile.bias = UnsafePointer(bias.base + first)
        unsafe tile.relu = relu ? 1 : 0
        unsafe tile.c_row_stride = output.lanes
        unsafe tile.rows = count
        if next < outputs {
          unsafe tile.next = weights + next * inputs
          unsafe tile.next_size = min(rows, outputs - next) * inputs
        }
        for index in 0..<panelCount {
          let (block, part) = index.quotientAndRemainder(dividingBy: panelsABlock)
          unsafe tile.b = UnsafePointer(input.base + index * input.panelSize)
          unsafe tile.c =
            output.base + (block * outputs + first) * output.lanes + part * width
          unsafe kernels.product(&tile)
          unsafe tile.next_size = 0
        }
      }
    }
  }
}
