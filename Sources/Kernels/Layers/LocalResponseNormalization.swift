import CKernels
public import Threads

/// Local response normalisation across channels (Krizhevsky, Sutskever and Hinton 2012, section
/// 3.3): `b = a * (k + alpha * sum of a^2 over size neighbouring channels) ^ -beta`.
public struct LocalResponseNormalization: Sendable, Hashable {
  /// How many neighbouring channels are summed, with the channel itself in the middle: an odd
  /// number.
  public var size: Int
  public var alpha: Float
  public var beta: Float
  public var k: Float
  /// Whether `alpha` is divided by `size`. Caffe, ONNX and PyTorch divide it, and the paper does
  /// not.
  public var alphaDividedBySize: Bool

  public init(
    size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1,
    alphaDividedBySize: Bool = true
  ) {
    precondition(size > 0 && size % 2 == 1)
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
    self.alphaDividedBySize = alphaDividedBySize
  }

  /// Normalises the first `images` images of `input` into `output`, which may be the same map.
  public func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == output.channels)
    precondition(input.height == output.height && input.width == output.width)
    let scratchCount = f32_lrn_scratch_size(input.channels, size)
    unsafe pool.runUnchecked(images * input.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: input.height)
      unsafe pool.scratch.withValues(of: Float.self, scratchCount) { scratch in
        // SAFETY: the maps have equal extents, checked above, and `scratch` the size the kernel
        // states; tasks write disjoint rows.
        var row = unsafe f32_lrn()
        unsafe row.input = UnsafePointer(input.pixel(image, y, 0))
        unsafe row.output = output.pixel(image, y, 0)
        unsafe row.pixels = input.width
        unsafe row.channels = input.channels
        unsafe row.size = size
        unsafe row.alpha = alphaDividedBySize ? alpha / Float(size) : alpha
        unsafe row.beta = beta
        unsafe row.k = k
        unsafe row.scratch = scratch
        unsafe kernels.lrn(&row)
      }
    }
  }
}
