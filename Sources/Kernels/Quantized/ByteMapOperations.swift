import CKernels
public import Threads

extension MaxPooling {
  /// Pools the first `images` images of `input` into `output`, split over `pool`.
  public func run(
    _ input: ByteMap, _ output: ByteMap, images: Int, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == output.channels)
    precondition(output.height == outputExtent(input.height))
    precondition(output.width == outputExtent(input.width))
    unsafe pool.runUnchecked(images * output.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
      // SAFETY: as for float maps.
      var row = unsafe u8_max_pool()
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

extension LocalResponseNormalization {
  /// Normalises the first `images` images of `input` into `output`, split over `pool`; computed in
  /// float32.
  ///
  /// - Parameters:
  ///   - inputScale: the real value of one step of an input byte.
  ///   - outputScale: the real value of one step of an output byte.
  public func run(
    _ input: ByteMap, _ output: ByteMap, inputScale: Float, outputScale: Float, images: Int,
    pool: WorkerPool, kernels: InstructionSet = .best
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == output.channels)
    precondition(input.height == output.height && input.width == output.width)
    let scratchCount = u8_lrn_scratch_size(input.width, input.channels, size)
    unsafe pool.runUnchecked(images * input.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: input.height)
      unsafe pool.scratch.withValues(of: UInt16.self, scratchCount) { scratch in
        // SAFETY: the maps have equal extents, checked above, and `scratch` the size the kernel
        // states; tasks write disjoint rows.
        var row = unsafe u8_lrn()
        unsafe row.input = UnsafePointer(input.pixel(image, y, 0))
        unsafe row.output = output.pixel(image, y, 0)
        unsafe row.pixels = input.width
        unsafe row.channels = input.channels
        unsafe row.size = size
        unsafe row.alpha =
          (alphaDividedBySize ? alpha / Float(size) : alpha) * inputScale * inputScale
        unsafe row.beta = beta
        unsafe row.k = k
        unsafe row.ratio = inputScale / outputScale
        unsafe row.scratch = scratch
        unsafe kernels.lrn(&row)
      }
    }
  }
}

/// The conversion of values to bytes: `value / scale[c] + mean[c]`, rounded, for channel `c`.
public struct InputQuantization: Sendable {
  private let channels: Int
  // A row's factors side by side, so that one loop serves every channel.
  private let factors: ConstantBuffer<Float>
  private let offsets: ConstantBuffer<Float>

  /// - Parameters:
  ///   - mean: one value a channel.
  ///   - scale: one value a channel, positive.
  ///   - width: pixels of a row.
  public init(mean: [Float], scale: [Float], width: Int) {
    precondition(mean.count == scale.count)
    channels = mean.count
    factors = ConstantBuffer((0..<width * channels).map { 1 / scale[$0 % mean.count].asStep })
    offsets = ConstantBuffer((0..<width * channels).map { mean[$0 % mean.count] })
  }

  /// Writes the first image of `input` into `output`.
  public func run(_ input: FeatureMap, _ output: ByteMap, kernels: InstructionSet = .best) {
    precondition(input.channels == channels && output.channels == channels)
    precondition(input.width * channels == factors.count && output.width == input.width)
    precondition(output.height == input.height)
    for y in 0..<input.height {
      // SAFETY: row `y` of either map holds as many values as there are factors.
      var row = unsafe u8_quantization()
      unsafe row.values = UnsafePointer(input.pixel(0, y, 0))
      unsafe row.bytes = output.pixel(0, y, 0)
      unsafe row.factors = UnsafePointer(factors.base)
      unsafe row.offsets = UnsafePointer(offsets.base)
      unsafe row.count = factors.count
      unsafe kernels.quantize(&row)
    }
  }
}

extension FeatureVectors {
  /// Writes one image of a byte map in the order channels, rows, columns.
  ///
  /// - Parameter scale: the real value of one step of a byte.
  public func setChannelsFirst(_ map: ByteMap, imageOfMap: Int, image: Int, scale: Float) {
    precondition(map.channels * map.height * map.width == length)
    precondition(imageOfMap < map.images && image >= 0 && image < images)
    let area = map.height * map.width
    // SAFETY: the lengths agree, so every index lies inside both.
    let (base, stride) = unsafe column(image)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let pixel = unsafe map.pixel(imageOfMap, y, x)
        let target = unsafe base + (y * map.width + x) * stride
        for channel in 0..<map.channels {
          unsafe target[channel * area * stride] = Float(pixel[channel]) * scale
        }
      }
    }
  }
}
