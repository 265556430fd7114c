import CKernels
public import Threads

extension MaxPooling {
  /// The gradient with respect to the input, for the first `images` images, split over `pool`.
  ///
  /// Maxima are looked for again in `input`. Of equal ones the first in reading order gets the
  /// gradient, of NaNs the last, as in PyTorch. What `inputGradient` held is overwritten; its
  /// border stays as it is. The result does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - input: the input of the forward pass.
  ///   - outputGradient: the loss's derivatives by what came out.
  ///   - inputGradient: as large as `input`.
  public func backward(
    _ input: FeatureMap, outputGradient: FeatureMap, inputGradient: FeatureMap, images: Int,
    pool: WorkerPool, kernels: InstructionSet = .best
  ) {
    precondition(images <= input.images && images <= outputGradient.images)
    precondition(images <= inputGradient.images)
    precondition(input.channels == outputGradient.channels)
    precondition(input.channels == inputGradient.channels)
    precondition(input.height == inputGradient.height && input.width == inputGradient.width)
    precondition(outputGradient.height == outputExtent(input.height))
    precondition(outputGradient.width == outputExtent(input.width))
    let backward = BackwardKernels(kernels)
    // Windows of one image overlap, so that their sums belong to one task; few images are split by
    // channels, in whole vectors.
    let parts = images >= 4 * pool.threads ? 1 : min(4 * pool.threads, (input.channels + 15) / 16)
    let channelsAPart = ((input.channels + parts - 1) / parts + 15) / 16 * 16
    let partCount = (input.channels + channelsAPart - 1) / channelsAPart
    unsafe pool.runUnchecked(images * partCount) { task in
      let (image, part) = task.quotientAndRemainder(dividingBy: partCount)
      let first = part * channelsAPart
      let channels = min(channelsAPart, input.channels - first)
      // SAFETY: the extents checked above keep every window's start inside the input, and its rows
      // and columns are cut off at the edge; tasks write disjoint channels or images.
      for y in 0..<input.height {
        for x in 0..<input.width {
          unsafe (inputGradient.pixel(image, y, x) + first).update(repeating: 0, count: channels)
        }
      }
      for y in 0..<outputGradient.height {
        var row = unsafe f32_max_pool_backward()
        unsafe row.input = UnsafePointer(input.pixel(image, y * stride, 0) + first)
        unsafe row.input_row_stride = input.rowStride
        unsafe row.input_gradient = inputGradient.pixel(image, y * stride, 0) + first
        unsafe row.gradient_row_stride = inputGradient.rowStride
        unsafe row.pixel_stride = input.channels
        unsafe row.channels = channels
        unsafe row.window_rows = min(kernel, input.height - y * stride)
        unsafe row.window_columns = min(kernel, input.width)
        unsafe row.stride = stride
        unsafe row.output_columns = outputGradient.width
        unsafe row.last_window_columns = min(
          kernel, input.width - (outputGradient.width - 1) * stride)
        unsafe row.output_gradient = UnsafePointer(outputGradient.pixel(image, y, 0) + first)
        unsafe row.output_pixel_stride = outputGradient.channels
        unsafe backward.maxPoolBackward(&row)
      }
    }
  }
}
