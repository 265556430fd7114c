import CKernels
import Tensors
public import Threads

/// A fully connected layer with int8 weights, `[out, in]`, which are not copied.
///
/// Its inputs, which must not be negative, are rounded to bytes first; its outputs are float32.
public struct QuantizedFullyConnected: Sendable {
  public let inputs: Int
  public let outputs: Int
  private let relu: Bool
  private let weights: Tensor
  private let inputScale: Float
  private let scale: ConstantBuffer<Float>
  private let bias: ConstantBuffer<Float>
  private let kernels: InstructionSet

  /// Whether the layer supports this number of inputs: a multiple of 4.
  public static func supports(inputs: Int) -> Bool { inputs % 4 == 0 }

  /// - Parameters:
  ///   - weights: int8, `[out, in]`; a value of output `o` is `weights[o, i] * scales[o]`.
  ///   - inputScale: the real value of one step of an input byte.
  public init(
    weights: Tensor, scales: [Float], bias: [Float], inputScale: Float, relu: Bool,
    kernels: InstructionSet = .best
  ) {
    precondition(weights.elementType == .int8 && weights.shape.dimensions.count == 2)
    outputs = weights.shape.dimensions[0]
    inputs = weights.shape.dimensions[1]
    precondition(Self.supports(inputs: inputs))
    let inputScale = inputScale.asStep
    precondition(scales.count == outputs && bias.count == outputs)
    self.weights = weights
    self.inputScale = inputScale
    self.relu = relu
    self.kernels = kernels
    scale = ConstantBuffer(scales.map { $0 * inputScale })
    self.bias = ConstantBuffer(bias)
  }

  /// Bytes of the weights.
  public var weightBytes: Int { inputs * outputs }

  /// Rounds the first `images` vectors of `input` to bytes and multiplies them into `output`, split
  /// over `pool`.
  public func run(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && images <= input.images)
    ByteVectors.withQuantized(
      input, images: images, scale: inputScale, kernels: kernels, pool: pool
    ) { bytes in
      run(bytes, output, images: images, pool: pool)
    }
  }

  /// Multiplies the first `images` vectors of `input` into `output`, split over `pool`.
  public func run(
    _ input: ByteVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && output.length == outputs)
    precondition(images <= input.images && images <= output.images)
    precondition((input.width == 1) == (output.lanes == 1))
    // SAFETY: the weights hold outputs x inputs bytes, checked by `Tensor`.
    unsafe weights.storage.withUnsafeBytes(weights.range) { bytes in
      guard let base = bytes.baseAddress else { return }
      let weights = unsafe base.assumingMemoryBound(to: Int8.self)
      if input.width == 1 {
        unsafe runOne(weights, input, output, pool: pool)
      } else {
        unsafe runBatch(weights, input, output, images: images, pool: pool)
      }
    }
  }

  @unsafe private func runOne(
    _ weights: UnsafePointer<Int8>, _ input: ByteVectors, _ output: FeatureVectors,
    pool: WorkerPool
  ) {
    let rows = 64
    unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
      let first = task * rows
      // SAFETY: all buffers hold as many values as the layer has inputs or outputs.
      var part = unsafe s8u8_dot()
      unsafe part.weights = weights + first * inputs
      unsafe part.rows = min(rows, outputs - first)
      unsafe part.length = inputs
      unsafe part.x = UnsafePointer(input.base)
      unsafe part.scale = UnsafePointer(scale.base + first)
      unsafe part.bias = UnsafePointer(bias.base + first)
      unsafe part.relu = relu ? 1 : 0
      unsafe part.output = output.base + first
      unsafe kernels.dot(&part)
    }
  }

  @unsafe private func runBatch(
    _ weights: UnsafePointer<Int8>, _ input: ByteVectors, _ output: FeatureVectors,
    images: Int, pool: WorkerPool
  ) {
    let width = input.width
    let panelsABlock = output.lanes / width
    let panelCount = (images + width - 1) / width
    // Rows a multiple of 4096 bytes apart compete for one set of the first-level cache, which often
    // has eight places.
    let rows = inputs % 4096 == 0 ? min(7, kernels.byteTileRows) : kernels.byteTileRows
    unsafe pool.runUnchecked((outputs + rows - 1) / rows) { task in
      let first = task * rows
      // The weights that this thread is likely to multiply next are prefetched into the cache.
      let next = first + rows * pool.threads
      // SAFETY: a block of vectors holds `lanes` columns, a multiple of the panel's; tasks write
      // disjoint rows.
      var tile = unsafe s8u8_product()
      unsafe tile.a = weights + first * inputs
      unsafe tile.a_row_stride = inputs
      unsafe tile.groups = inputs / 4
      unsafe tile.scale = UnsafePointer(scale.base + first)
      unsafe tile.bias = UnsafePointer(bias.base + first)
      unsafe tile.relu = relu ? 1 : 0
      unsafe tile.c_row_stride = output.lanes
      unsafe tile.rows = min(rows, outputs - first)
      if next < outputs {
        unsafe tile.next = weights + next * inputs
        unsafe tile.next_size = min(rows, outputs - next) * inputs
      }
      for index in 0..<panelCount {
        let (block, part) = index.quotientAndRemainder(dividingBy: panelsABlock)
        unsafe tile.b = UnsafePointer(input.base + index * inputs * width)
        unsafe tile.c =
          output.base + (block * outputs + first) * output.lanes + part * width
        unsafe kernels.product(&tile)
        unsafe tile.next_size = 0
      }
    }
  }
}
