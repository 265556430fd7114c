import CKernels
public import Threads

/// Batch normalisation in training (Ioffe and Szegedy 2015, algorithm 1). The values of each
/// channel, in all images and pixels, are normalised to mean 0 and variance 1. They become `scale *
/// value + shift`, and ReLU follows if `relu` is true.
public struct BatchNormalization: Sendable {
  public let channels: Int
  public let epsilon: Float
  private let relu: Bool
  private let kernels: BackwardKernels

  public init(
    channels: Int, epsilon: Float = 1e-5, relu: Bool, kernels: InstructionSet = .best
  ) {
    self.channels = channels
    self.epsilon = epsilon
    self.relu = relu
    self.kernels = BackwardKernels(kernels)
  }

  /// What was found in a batch, one value a channel.
  public struct Statistics: Sendable, Hashable {
    public var mean: [Float]
    /// The mean of squared differences from the mean: divided by the number of values, not by one
    /// less.
    public var variance: [Float]

    public init(mean: [Float], variance: [Float]) {
      self.mean = mean
      self.variance = variance
    }
  }

  /// Normalises the first `images` images of `input` into `output`, which may be the same map.
  ///
  /// Backward needs `input` again, so that it should be another.
  /// - Returns: the statistics of the batch, which backward needs too.
  public func forward(
    _ input: FeatureMap, _ output: FeatureMap, scale: FloatBuffer, shift: FloatBuffer, images: Int,
    pool: WorkerPool
  ) -> Statistics {
    check(input, output, images)
    precondition(scale.count == channels && shift.count == channels && images > 0)
    let count = Double(images * input.height * input.width)
    let mean = sums(input, nil, nil, images, pool).first.map { Float($0 / count) }
    let centers = FloatBuffer(mean)
    let squares = sums(input, (input, centers), centers, images, pool)
    // The rounding of the mean shifts all values by the same amount, which is taken out again.
    let variance = (0..<channels).map { channel in
      let offset = squares.first[channel] / count
      return Float(max(0, squares.second[channel] / count - offset * offset))
    }
    let statistics = Statistics(mean: mean, variance: variance)
    normalize(
      input, output, statistics: statistics, scale: scale, shift: shift, images: images, pool: pool)
    return statistics
  }

  /// Normalises with given statistics, such as averages over many batches.
  public func normalize(
    _ input: FeatureMap, _ output: FeatureMap, statistics: Statistics, scale: FloatBuffer,
    shift: FloatBuffer, images: Int, pool: WorkerPool
  ) {
    check(input, output, images)
    precondition(scale.count == channels && shift.count == channels)
    precondition(statistics.mean.count == channels && statistics.variance.count == channels)
    let (factors, shifts) = (FloatBuffer(count: channels), FloatBuffer(count: channels))
    for channel in 0..<channels {
      // SAFETY: all four hold a value a channel.
      let factor =
        unsafe Double(scale.base[channel])
        / (Double(statistics.variance[channel]) + Double(epsilon)).squareRoot()
      unsafe factors.base[channel] = Float(factor)
      unsafe shifts.base[channel] = Float(
        Double(shift.base[channel]) - factor * Double(statistics.mean[channel]))
    }
    affine(input, factors, nil, shifts, output, relu: relu, images, pool)
  }

  /// Writes the gradient with respect to the input, and adds those of scale and shift to what their
  /// buffers hold.
  ///
  /// - Parameters:
  ///   - input: as it was forward.
  ///   - output: as it came out; read where there is a ReLU.
  ///   - outputGradient: the loss's derivatives by the output. Those that the ReLU stops become 0.
  ///   - inputGradient: may be `outputGradient`, not `input`. Its border stays as it is.
  public func backward(
    _ input: FeatureMap, output: FeatureMap, outputGradient: FeatureMap, inputGradient: FeatureMap,
    statistics: Statistics, scale: FloatBuffer, scaleGradient: FloatBuffer,
    shiftGradient: FloatBuffer, images: Int, pool: WorkerPool
  ) {
    for map in [output, outputGradient, inputGradient] { check(input, map, images) }
    precondition(scale.count == channels && scaleGradient.count == channels)
    precondition(shiftGradient.count == channels)
    precondition(statistics.mean.count == channels && statistics.variance.count == channels)
    if relu {
      unsafe pool.runUnchecked(images * input.height) { task in
        let (image, y) = task.quotientAndRemainder(dividingBy: input.height)
        // SAFETY: the extents were checked; tasks write disjoint rows.
        unsafe ReLUGradient.run(
          UnsafePointer(output.pixel(image, y, 0)), outputGradient.pixel(image, y, 0),
          count: input.width * channels, kernels)
      }
    }
    let centers = FloatBuffer(statistics.mean)
    let found = sums(outputGradient, (input, centers), nil, images, pool)
    let count = Double(images * input.height * input.width)
    let (ofGradient, ofInput, shifts) = (
      FloatBuffer(count: channels), FloatBuffer(count: channels), FloatBuffer(count: channels)
    )
    for channel in 0..<channels {
      let inverse =
        1 / (Double(statistics.variance[channel]) + Double(epsilon)).squareRoot()
      // The gradient with respect to the scale comes from the normalised values.
      let byScale = found.second[channel] * inverse
      // SAFETY: all hold a value a channel.
      let factor = unsafe Double(scale.base[channel]) * inverse
      let slope = -factor * inverse * byScale / count
      unsafe ofGradient.base[channel] = Float(factor)
      unsafe ofInput.base[channel] = Float(slope)
      unsafe shifts.base[channel] = Float(
        -factor * found.first[channel] / count - slope * Double(statistics.mean[channel]))
      unsafe scaleGradient.base[channel] += Float(byScale)
      unsafe shiftGradient.base[channel] += Float(found.first[channel])
    }
    affine(
      outputGradient, ofGradient, (input, ofInput), shifts, inputGradient, relu: false, images, pool
    )
  }

  /// The sums of `a - aCenter`, and of its products with `b - bCenter`, for each channel.
  ///
  /// Each image is added up by itself, and the images in their order, so that the number of threads
  /// changes nothing.
  private func sums(
    _ a: FeatureMap, _ b: (map: FeatureMap, center: FloatBuffer)?, _ aCenter: FloatBuffer?,
    _ images: Int, _ pool: WorkerPool
  ) -> (first: [Double], second: [Double]) {
    let imageSums = FloatBuffer(count: images * 2 * channels)
    // SAFETY: the maps' extents were checked; tasks write disjoint sums.
    unsafe pool.runUnchecked(images) { image in
      for y in 0..<a.height {
        var row = unsafe f32_channel_sums()
        unsafe row.a = UnsafePointer(a.pixel(image, y, 0))
        unsafe row.a_center = UnsafePointer(aCenter?.base)
        if let b {
          unsafe row.b = UnsafePointer(b.map.pixel(image, y, 0))
          unsafe row.b_center = UnsafePointer(b.center.base)
        }
        unsafe row.pixels = a.width
        unsafe row.channels = channels
        unsafe row.sums = imageSums.base + image * 2 * channels
        unsafe row.products = imageSums.base + (image * 2 + 1) * channels
        unsafe kernels.channelSums(&row)
      }
    }
    var result = (
      first: [Double](repeating: 0, count: channels),
      second: [Double](repeating: 0, count: channels)
    )
    for image in 0..<images {
      for channel in 0..<channels {
        // SAFETY: every image has two sums a channel.
        result.first[channel] += unsafe Double(imageSums.base[image * 2 * channels + channel])
        result.second[channel] += unsafe Double(
          imageSums.base[(image * 2 + 1) * channels + channel])
      }
    }
    return result
  }

  private func affine(
    _ a: FeatureMap, _ aFactors: FloatBuffer, _ b: (map: FeatureMap, factors: FloatBuffer)?,
    _ shifts: FloatBuffer, _ output: FeatureMap, relu: Bool, _ images: Int, _ pool: WorkerPool
  ) {
    // SAFETY: the maps' extents were checked; tasks write disjoint rows.
    unsafe pool.runUnchecked(images * a.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: a.height)
      var row = unsafe f32_channel_affine()
      unsafe row.a = UnsafePointer(a.pixel(image, y, 0))
      unsafe row.a_factor = UnsafePointer(aFactors.base)
      if let b {
        unsafe row.b = UnsafePointer(b.map.pixel(image, y, 0))
        unsafe row.b_factor = UnsafePointer(b.factors.base)
      }
      unsafe row.shift = UnsafePointer(shifts.base)
      unsafe row.pixels = a.width
      unsafe row.channels = channels
      unsafe row.relu = relu ? 1 : 0
      unsafe row.output = output.pixel(image, y, 0)
      unsafe kernels.channelAffine(&row)
    }
  }

  private func check(_ input: FeatureMap, _ other: FeatureMap, _ images: Int) {
    precondition(images <= input.images && images <= other.images)
    precondition(input.channels == channels && other.channels == channels)
    precondition(input.height == other.height && input.width == other.width)
  }
}
