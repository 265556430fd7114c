import CKernels
public import Threads

/// The gradient of ReLU with respect to its input, computed in place.
public enum ReLUGradient {
  /// Sets the values of `gradient` to 0 at which `output` is not greater than 0, in the first
  /// `images` images.
  ///
  /// - Parameters:
  ///   - output: what came out of the ReLU.
  ///   - gradient: the loss's derivatives by it, and afterwards those by what went in. Its border
  ///     stays as it is.
  public static func run(
    output: FeatureMap, gradient: FeatureMap, images: Int, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) {
    precondition(images <= output.images && images <= gradient.images)
    precondition(output.channels == gradient.channels)
    precondition(output.height == gradient.height && output.width == gradient.width)
    let backward = BackwardKernels(kernels)
    unsafe pool.runUnchecked(images * output.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
      // SAFETY: the extents agree, checked above; tasks write disjoint rows.
      unsafe run(
        UnsafePointer(output.pixel(image, y, 0)), gradient.pixel(image, y, 0),
        count: output.width * output.channels, backward)
    }
  }

  /// The same for the first `images` rows of matrices.
  public static func run(
    output: Matrix, gradient: Matrix, images: Int, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) {
    precondition(images <= output.rows && images <= gradient.rows)
    precondition(output.columns == gradient.columns)
    let backward = BackwardKernels(kernels)
    unsafe pool.runUnchecked(images) { image in
      // SAFETY: the extents agree, checked above; tasks write disjoint rows.
      unsafe run(
        UnsafePointer(output.row(image)), gradient.row(image), count: output.columns, backward)
    }
  }

  /// The same for some values.
  @unsafe static func run(
    _ output: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, count: Int,
    _ kernels: BackwardKernels
  ) {
    var values = unsafe f32_relu_backward()
    unsafe values.output = output
    unsafe values.gradient = gradient
    unsafe values.count = count
    unsafe kernels.reluBackward(&values)
  }
}
