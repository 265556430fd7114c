import CKernels

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
    pool.run(images * output.height) { task in
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
  /// Normalises the first `images` images of `input` into `output`, computing in float32.
  ///
  /// - Parameters:
  ///   - inputScale: what one step of an input byte is worth.
  ///   - outputScale: what one step of an output byte is worth.
  public func run(
    _ input: ByteMap, _ output: ByteMap, inputScale: Float, outputScale: Float, images: Int,
    pool: WorkerPool, kernels: InstructionSet = .best
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.channels == output.channels)
    precondition(input.height == output.height && input.width == output.width)
    let count = input.width * input.channels
    pool.run(images * input.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: input.height)
      unsafe withUnsafeTemporaryAllocation(
        of: Float.self, capacity: count + input.channels + size + 64
      ) { values in
        guard let values = values.baseAddress else { return }
        // SAFETY: a row of either map holds `count` bytes, `values` as many floats and then the
        // scratch that the kernel states; tasks write disjoint rows.
        var conversion = unsafe u8_conversion()
        unsafe conversion.values = values
        unsafe conversion.bytes = input.pixel(image, y, 0)
        unsafe conversion.count = count
        unsafe conversion.scale = inputScale
        unsafe kernels.toFloats(&conversion)
        var row = unsafe f32_lrn()
        unsafe row.input = UnsafePointer(values)
        unsafe row.output = values
        unsafe row.pixels = input.width
        unsafe row.channels = input.channels
        unsafe row.size = size
        unsafe row.alpha = alphaDividedBySize ? alpha / Float(size) : alpha
        unsafe row.beta = beta
        unsafe row.k = k
        unsafe row.scratch = values + count
        unsafe kernels.lrn(&row)
        unsafe conversion.bytes = output.pixel(image, y, 0)
        unsafe conversion.scale = outputScale
        unsafe kernels.toBytes(&conversion)
      }
    }
  }
}

extension Map where Element == Float {
  /// Writes the first image into `output` as bytes: `value / scale[c] + mean[c]`, rounded.
  public func quantize(into output: ByteMap, mean: [Float], scale: [Float]) {
    precondition(output.channels == channels && output.height == height && output.width == width)
    precondition(mean.count == channels && scale.count == channels)
    // A row's factors side by side, so that one loop serves every channel.
    let factors = (0..<width * channels).map { 1 / scale[$0 % channels] }
    let offsets = (0..<width * channels).map { mean[$0 % channels] + 0.5 }
    for y in 0..<height {
      // SAFETY: row `y` of either map holds as many values as there are factors.
      let source = unsafe pixel(0, y, 0)
      let target = unsafe output.pixel(0, y, 0)
      for index in factors.indices {
        let value = unsafe source[index] * factors[index] + offsets[index]
        unsafe target[index] = UInt8(max(0, min(255, value)))
      }
    }
  }
}

extension FeatureVectors {
  /// Writes one image of a byte map in the order channels, rows, columns.
  ///
  /// - Parameter scale: what one step of a byte is worth.
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
