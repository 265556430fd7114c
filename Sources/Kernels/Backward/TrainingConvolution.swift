import CKernels
public import Threads

/// A convolution, with its ReLU where it has one, as training needs it: forward, and backward by
/// its input, weights and bias.
///
/// The weights, `[out, in, height, width]`, and their gradients belong to the caller; this holds
/// copies of the weights in the orders that the kernels read. Windows of 3 and 5 with stride 1 go
/// through Winograd's filtering in all three directions, others are direct. Results do not depend
/// on the number of threads.
public struct TrainingConvolution {
  public let geometry: Convolution.Geometry
  private let relu: Bool
  private let kernels: InstructionSet
  private let backwardKernels: BackwardKernels
  private let isWinograd: Bool
  private let direct: DirectConvolutionGradients
  private var forwardLayer: ForwardLayer
  private var inputGradient: ConvolutionInputGradient?

  private enum ForwardLayer {
    /// With the memory of its transformed weights and its biases.
    case winograd(WinogradConvolution, panels: FloatBuffer, bias: FloatBuffer)
    case direct(Convolution)
  }

  /// - Parameters:
  ///   - weights: as ``Convolution/Geometry/weightDimensions`` says.
  ///   - bias: one value a filter.
  ///   - needsInputGradient: whether `backward` will be asked for the input's gradient. The first
  ///     layer of a network does not need it.
  public init(
    _ geometry: Convolution.Geometry, weights: FloatBuffer, bias: FloatBuffer, relu: Bool,
    needsInputGradient: Bool = true, kernels: InstructionSet = .best
  ) {
    self.geometry = geometry
    self.relu = relu
    self.kernels = kernels
    backwardKernels = BackwardKernels(kernels)
    isWinograd = WinogradConvolution.supports(geometry)
    direct = DirectConvolutionGradients(geometry, kernels: kernels)
    forwardLayer = Self.forwardLayer(geometry, weights, bias, relu, kernels)
    let pool = WorkerPool(threads: 1)
    if needsInputGradient {
      inputGradient = ConvolutionInputGradient(
        geometry, weights: weights, kernels: kernels, pool: pool)
    }
    setForwardWeights(weights, bias: bias, pool: pool)
  }

  /// Takes new weights, after a step. Their copies are transformed in place, split over `pool`.
  public mutating func setWeights(_ weights: FloatBuffer, bias: FloatBuffer, pool: WorkerPool) {
    setForwardWeights(weights, bias: bias, pool: pool)
    inputGradient?.setWeights(weights, pool: pool)
  }

  private mutating func setForwardWeights(
    _ weights: FloatBuffer, bias: FloatBuffer, pool: WorkerPool
  ) {
    switch forwardLayer {
    case .winograd(_, let panels, let ownBias):
      WinogradConvolution.pack(
        weights, turned: false, geometry, into: panels, kernels: kernels, pool: pool)
      precondition(bias.count == ownBias.count)
      // SAFETY: both have as many values.
      unsafe ownBias.base.update(from: bias.base, count: bias.count)
    case .direct: forwardLayer = Self.forwardLayer(geometry, weights, bias, relu, kernels)
    }
  }

  /// The layer; transformed weights are not yet written.
  private static func forwardLayer(
    _ geometry: Convolution.Geometry, _ weights: FloatBuffer, _ bias: FloatBuffer, _ relu: Bool,
    _ kernels: InstructionSet
  ) -> ForwardLayer {
    precondition(weights.count == geometry.weightDimensions.reduce(1, *))
    precondition(bias.count == geometry.filters)
    guard WinogradConvolution.supports(geometry) else {
      let filterCount = weights.count / geometry.filters
      return .direct(
        Convolution(geometry, bias: bias.values(0..<bias.count), relu: relu, kernels: kernels) {
          filters, target in
          for index in 0..<target.count {
            // SAFETY: the filters lie inside the weights, whose count was checked above.
            target[index] = unsafe weights.base[filters.lowerBound * filterCount + index]
          }
        })
    }
    let panels = FloatBuffer(count: WinogradConvolution.panelValues(geometry, kernels: kernels))
    let ownBias = FloatBuffer(count: bias.count)
    // SAFETY: only `setWeights` writes them, which is never called while the layer runs.
    let layer = unsafe WinogradConvolution(
      geometry, panels: panels, bias: ownBias, relu: relu, kernels: kernels)
    return .winograd(layer, panels: panels, bias: ownBias)
  }

  /// Zero pixels that the input map must have round it.
  public var inputPadding: Int { isWinograd ? max(1, geometry.padding) : geometry.padding }

  /// Zero pixels that the map of the output's gradient must have round it.
  public var outputGradientPadding: Int { inputGradient?.outputGradientPadding ?? 0 }

  private var weightGradient: WinogradWeightGradient? {
    isWinograd ? WinogradWeightGradient(geometry, kernels: kernels) : nil
  }

  /// Floats of scratch memory that forward and backward need.
  public var scratchCount: Int {
    var count = weightGradient?.scratchCount ?? direct.weightScratchCount
    if case .winograd(let layer, _, _) = forwardLayer { count = max(count, layer.scratchCount) }
    return max(count, inputGradient?.scratchCount ?? 0)
  }

  /// Convolves the first `images` images of `input` into `output`, split over `pool`.
  ///
  /// Backward needs both again.
  public func forward(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    switch forwardLayer {
    case .winograd(let layer, _, _):
      layer.run(input, output, images: images, scratch: scratch, pool: pool)
    case .direct(let layer): layer.run(input, output, images: images, pool: pool)
    }
  }

  /// Adds the gradients by weights and bias to `weightGradient` and `biasGradient`, and writes that
  /// by the input.
  ///
  /// - Parameters:
  ///   - input: as it was forward, with a border of ``inputPadding`` zeros.
  ///   - output: as it came out.
  ///   - outputGradient: the loss's derivatives by the output, with a border of
  ///     ``outputGradientPadding`` zeros. Where the layer has a ReLU, those that it stops become 0.
  ///   - inputGradient: as large as `input`; nil if it is not needed. Its border is not changed.
  ///   - weightGradient: `[out, in, height, width]`.
  ///   - biasGradient: one value a filter.
  ///   - scratch: ``scratchCount`` floats.
  public func backward(
    _ input: FeatureMap, output: FeatureMap, outputGradient: FeatureMap,
    inputGradient: FeatureMap?, weightGradient: FloatBuffer, biasGradient: FloatBuffer, images: Int,
    scratch: FloatBuffer, pool: WorkerPool
  ) {
    precondition(images <= input.images && images <= output.images)
    precondition(images <= outputGradient.images && scratch.count >= scratchCount)
    precondition(input.channels == geometry.inputChannels && input.padding >= inputPadding)
    for map in [output, outputGradient] {
      precondition(map.channels == geometry.filters)
      precondition(map.height == geometry.outputExtent(input.height))
      precondition(map.width == geometry.outputExtent(input.width))
    }
    precondition(outputGradient.padding >= outputGradientPadding)
    precondition(weightGradient.count == geometry.weightDimensions.reduce(1, *))
    precondition(biasGradient.count == geometry.filters)
    addBiasGradient(output, outputGradient, to: biasGradient, images: images, pool: pool)
    if let winograd = self.weightGradient {
      winograd.run(
        input, outputGradient: outputGradient, weights: weightGradient, images: images,
        scratch: scratch, pool: pool)
    } else {
      direct.addWeightGradient(
        input, outputGradient: outputGradient, to: weightGradient, images: images,
        scratch: scratch, pool: pool)
    }
    guard let inputGradient else { return }
    guard let layer = self.inputGradient else {
      preconditionFailure("the layer was made without a gradient by its input")
    }
    precondition(inputGradient.height == input.height && inputGradient.width == input.width)
    layer.run(outputGradient, inputGradient, images: images, scratch: scratch, pool: pool)
  }

  /// Passes the gradient through the ReLU, in place, and adds up what belongs to the bias.
  private func addBiasGradient(
    _ output: FeatureMap, _ gradient: FeatureMap, to biasGradient: FloatBuffer, images: Int,
    pool: WorkerPool
  ) {
    let channels = geometry.filters
    let sums = FloatBuffer(count: images * channels)
    // SAFETY: `backward` checked the extents; each task writes one image and its sums.
    unsafe pool.runUnchecked(images) { image in
      for y in 0..<gradient.height {
        let row = unsafe gradient.pixel(image, y, 0)
        if relu {
          unsafe ReLUGradient.run(
            UnsafePointer(output.pixel(image, y, 0)), row, count: gradient.width * channels,
            backwardKernels)
        }
        var values = unsafe f32_channel_sums()
        unsafe values.a = UnsafePointer(row)
        unsafe values.pixels = gradient.width
        unsafe values.channels = channels
        unsafe values.sums = sums.base + image * channels
        unsafe backwardKernels.channelSums(&values)
      }
    }
    for channel in 0..<channels {
      var sum = 0.0
      // SAFETY: the sums have `channels` values for each image, and the bias has `channels` values.
      for image in 0..<images { sum += unsafe Double(sums.base[image * channels + channel]) }
      unsafe biasGradient.base[channel] += Float(sum)
    }
  }
}
