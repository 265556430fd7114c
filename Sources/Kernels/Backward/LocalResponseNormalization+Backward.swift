import CKernels
public import Threads

extension LocalResponseNormalization {
  /// The gradient with respect to the input, for the first `images` images, split over `pool`.
  ///
  /// The sums of squares are computed again from `input`. The result does not depend on the number
  /// of threads.
  ///
  /// - Parameters:
  ///   - input: the input of the forward pass.
  ///   - outputGradient: the loss's derivatives by what came out.
  ///   - inputGradient: as large as `input`; may be `outputGradient`. Its border stays as it is.
  public func backward(
    _ input: FeatureMap, outputGradient: FeatureMap, inputGradient: FeatureMap, images: Int,
    pool: WorkerPool, kernels: InstructionSet = .best
  ) {
    for map in [outputGradient, inputGradient] {
      precondition(images <= input.images && images <= map.images)
      precondition(input.channels == map.channels)
      precondition(input.height == map.height && input.width == map.width)
    }
    let backward = BackwardKernels(kernels)
    let scratchCount = f32_lrn_backward_scratch_size(input.channels, size)
    unsafe pool.runUnchecked(images * input.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: input.height)
      unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchCount) { scratch in
        // SAFETY: the maps have equal extents, checked above, and `scratch` the size the kernel
        // states; tasks write disjoint rows.
        var row = unsafe f32_lrn_backward()
        unsafe row.input = UnsafePointer(input.pixel(image, y, 0))
        unsafe row.output_gradient = UnsafePointer(outputGradient.pixel(image, y, 0))
        unsafe row.input_gradient = inputGradient.pixel(image, y, 0)
        unsafe row.pixels = input.width
        unsafe row.channels = input.channels
        unsafe row.size = size
        unsafe row.alpha = alphaDividedBySize ? alpha / Float(size) : alpha
        unsafe row.beta = beta
        unsafe row.k = k
        unsafe row.scratch = scratch.baseAddress
        unsafe backward.lrnBackward(&row)
      }
    }
  }
}
