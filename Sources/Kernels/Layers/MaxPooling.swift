import CKernels
public import Threads

/// The maximum over square windows. In a window with a NaN, the values before the NaN are ignored,
/// and the result is NaN only if the NaN is the last value.
public struct MaxPooling: Sendable, Hashable {
  /// How the height and width of the output are rounded if the windows do not fit evenly.
  public enum Rounding: String, Sendable, Hashable {
    /// Windows that would reach past the edge are left out (PyTorch).
    case down
    /// One more window, cut off at the edge (Caffe).
    case up
  }

  /// Height and width of the window.
  public var kernel: Int
  public var stride: Int
  public var rounding: Rounding

  public init(kernel: Int, stride: Int, rounding: Rounding = .down) {
    precondition(kernel > 0 && stride > 0)
    self.kernel = kernel
    self.stride = stride
    self.rounding = rounding
  }

  /// The height or width of the output for a height or width of the input.
  public func outputExtent(_ input: Int) -> Int {
    let span = max(0, input - kernel)
    return switch rounding {
    case .down: span / stride + 1
    // A window must start inside the input, as in Caffe's pooling_layer.cpp.
    case .up: min((span + stride - 1) / stride, (input - 1) / stride) + 1
    }
  }

  /// Pools the first `images` images of `input` into `output`, split over `pool`.
  public func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == output.channels)
    precondition(output.height == outputExtent(input.height))
    precondition(output.width == outputExtent(input.width))
    unsafe pool.runUnchecked(images * output.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
      // SAFETY: the extents checked above keep every window's start inside the input, and its
      // rows and columns are cut off at the edge; tasks write disjoint rows.
      var row = unsafe f32_max_pool()
      unsafe row.input = UnsafePointer(input.pixel(image, y * stride, 0))
      unsafe row.input_row_stride = input.rowStride
      unsafe row.channels = input.channels
      unsafe row.window_rows = min(kernel, input.height - y * stride)
      unsafe row.window_columns = min(kernel, input.width)
      unsafe row.stride = stride
      unsafe row.output_columns = output.width
      unsafe row.last_window_columns = min(kernel, input.width - (output.width - 1) * stride)
      unsafe row.output = output.pixel(image, y, 0)
      unsafe kernels.maxPool(&row)
    }
  }
}
