import CKernels
import Tensors
public import Threads

/// A fully connected layer over bfloat16 weights `[out, in]`: half of float32's bytes to read.
///
/// Its inputs are rounded to bfloat16 (to nearest, ties to even) before they meet the weights; sums and
/// outputs are float32.
public struct BFloat16FullyConnected: Sendable {
  public let inputs: Int
  public let outputs: Int
  private let relu: Bool
  private let bias: FloatBuffer
  private let weights: Weights
  private let kernels: InstructionSet

  /// bfloat16 values: a mapped file, or memory of ours.
  private enum Weights: Sendable {
    case mapped(Tensor)
    case owned(Buffer<UInt16>)
  }

  /// - Parameters:
  ///   - weights: `[out, in]`. Aligned bfloat16 tensors are used in place; other floating-point types are
  ///     rounded once.
  ///   - bias: one value an output.
  /// - Throws: ``TensorError/notFloatingPoint(_:)``.
  public init(
    weights: Tensor, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) throws(TensorError) {
    try self.init(.dense(weights), bias: bias, relu: relu, kernels: kernels)
  }

  /// The same for weights in any form, which are rounded once where they are no bfloat16.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)``.
  public init(
    _ weights: WeightMatrix, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) throws(TensorError) {
    precondition(weights.dimensions.count == 2)
    outputs = weights.dimensions[0]
    inputs = weights.dimensions[1]
    precondition(bias.count == outputs)
    self.bias = FloatBuffer(bias)
    self.relu = relu
    self.kernels = kernels
    if case .dense(let tensor) = weights, Self.isReadable(tensor) {
      self.weights = .mapped(tensor)
    } else {
      self.weights = .owned(try Self.rounded(weights, kernels))
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
  ) throws(TensorError) -> Buffer<UInt16> {
    let (outputs, inputs) = (weights.dimensions[0], weights.dimensions[1])
    let buffer = Buffer<UInt16>(count: outputs * inputs)
    // A few rows at a time, which stay in the cache. A sparse matrix is written out as a whole.
    let rows = if case .sparse = weights { outputs } else { min(outputs, 16) }
    let floats = FloatBuffer(count: rows * inputs)
    for first in stride(from: 0, to: outputs, by: rows) {
      let part = first..<min(first + rows, outputs)
      try floats.withMutableSpan(0..<part.count * inputs) { (span) throws(TensorError) in
        try weights.write(outputs: part, to: &span)
      }
      // SAFETY: both were sized for these rows.
      unsafe kernels.round(
        UnsafePointer(floats.base), buffer.base + first * inputs, count: part.count * inputs)
    }
    return buffer
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
    let rounded = BFloat16Vectors(images: input.images, length: inputs, kernels: kernels)
    rounded.round(input, images: images, pool: pool)
    // SAFETY: the weights hold outputs x inputs aligned values, checked in `init`.
    switch weights {
    case .owned(let buffer):
      unsafe run(
        SharedPointer(UnsafePointer(buffer.base)), rounded, output, images: images, pool: pool)
    case .mapped(let tensor):
      unsafe tensor.storage.withUnsafeBytes(tensor.range) { bytes in
        guard let base = bytes.baseAddress else { return }
        unsafe run(
          SharedPointer(base.assumingMemoryBound(to: UInt16.self)), rounded, output,
          images: images, pool: pool)
      }
    }
  }

  private func run(
    _ weights: SharedPointer<UInt16>, _ input: BFloat16Vectors, _ output: FeatureVectors,
    images: Int, pool: WorkerPool
  ) {
    if input.width == 1 {
      runOne(weights, input, output, pool: pool)
    } else {
      runBatch(weights, input, output, images: images, pool: pool)
    }
  }

  /// One image: bound by reading the weights once.
  private func runOne(
    _ weights: SharedPointer<UInt16>, _ input: BFloat16Vectors, _ output: FeatureVectors,
    pool: WorkerPool
  ) {
    let rows = 32
    pool.run((outputs + rows - 1) / rows) { task in
      let first = task * rows
      // SAFETY: all buffers hold as many values as the layer has inputs or outputs.
      var part = unsafe bf16_dot()
      unsafe part.weights = weights.base + first * inputs
      unsafe part.rows = min(rows, outputs - first)
      unsafe part.length = inputs
      unsafe part.x = UnsafePointer(input.buffer.base)
      unsafe part.bias = UnsafePointer(bias.base + first)
      unsafe part.relu = relu ? 1 : 0
      unsafe part.output = output.buffer.base + first
      unsafe kernels.dot(&part)
    }
  }

  /// A batch: rows of weights times panels of images.
  private func runBatch(
    _ weights: SharedPointer<UInt16>, _ input: BFloat16Vectors, _ output: FeatureVectors,
    images: Int, pool: WorkerPool
  ) {
    let width = input.width
    let panelsABlock = output.lanes / width
    let panelCount = (images + width - 1) / width
    let rows = kernels.bfloat16TileRows
    pool.run((outputs + rows - 1) / rows) { task in
      let first = task * rows
      let count = min(rows, outputs - first)
      // What this thread is likely to do next, so that memory works while the processor does.
      let next = first + rows * pool.threads
      unsafe weights.withRows(first..<first + count, length: inputs, group: 2) {
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
          unsafe tile.next = weights.base + next * inputs
          unsafe tile.next_size = min(rows, outputs - next) * inputs
        }
        for index in 0..<panelCount {
          let (block, part) = index.quotientAndRemainder(dividingBy: panelsABlock)
          unsafe tile.b = UnsafePointer(input.buffer.base + index * input.panelSize)
          unsafe tile.c =
            output.buffer.base + (block * outputs + first) * output.lanes + part * width
          unsafe kernels.product(&tile)
          unsafe tile.next_size = 0
        }
      }
    }
  }
}
