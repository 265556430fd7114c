public import Threads

/// The gradient of a convolution with respect to its input.
///
/// Windows of 3 and 5 with stride 1 go through Winograd's filtering, others are direct. The result
/// does not depend on the number of threads.
public struct ConvolutionInputGradient {
  public let geometry: Convolution.Geometry
  private let kernels: InstructionSet
  private let direct: DirectConvolutionGradients
  private var weights: Weights

  /// A copy of the weights in the order that the kernels read.
  private enum Weights {
    case winograd(WinogradConvolution, panels: FloatBuffer)
    case direct(panels: FloatBuffer)
  }

  /// - Parameter weights: as ``Convolution/Geometry/weightDimensions`` says.
  public init(
    _ geometry: Convolution.Geometry, weights: FloatBuffer, kernels: InstructionSet = .best,
    pool: WorkerPool
  ) {
    precondition(weights.count == geometry.weightDimensions.reduce(1, *))
    self.geometry = geometry
    self.kernels = kernels
    direct = DirectConvolutionGradients(geometry, kernels: kernels)
    var turned = geometry
    turned.inputChannels = geometry.filters
    turned.filters = geometry.inputChannels
    turned.padding = geometry.kernel - 1 - geometry.padding
    if geometry.stride == 1, WinogradConvolution.supports(turned) {
      let panels = FloatBuffer(count: WinogradConvolution.panelValues(turned, kernels: kernels))
      // SAFETY: only `setWeights` writes the panels, which is never called while the layer runs;
      // nothing writes the zeros.
      let layer = unsafe WinogradConvolution(
        turned, panels: panels, bias: FloatBuffer(count: turned.filters), relu: false,
        kernels: kernels)
      self.weights = .winograd(layer, panels: panels)
    } else {
      self.weights = .direct(panels: FloatBuffer(count: 0))
    }
    setWeights(weights, pool: pool)
  }

  /// Takes new weights. The work is split over `pool` where it can be.
  public mutating func setWeights(_ values: FloatBuffer, pool: WorkerPool) {
    precondition(values.count == geometry.weightDimensions.reduce(1, *))
    switch weights {
    case .winograd(let layer, let panels):
      WinogradConvolution.pack(
        values, turned: true, layer.geometry, into: panels, kernels: kernels, pool: pool)
    case .direct: weights = .direct(panels: direct.panels(weights: values))
    }
  }

  /// Zero pixels that the map of the output's gradient must have round it.
  public var outputGradientPadding: Int {
    if case .winograd(let layer, _) = weights { layer.inputPadding } else { 0 }
  }

  /// Floats of scratch memory that ``run(_:_:images:scratch:pool:)`` needs.
  public var scratchCount: Int {
    if case .winograd(let layer, _) = weights { layer.scratchCount } else { 0 }
  }

  /// Writes the gradient with respect to the input, for the first `images` images.
  ///
  /// - Parameters:
  ///   - outputGradient: the derivatives by the convolution's output, before any ReLU, with a
  ///     border of ``outputGradientPadding`` zeros.
  ///   - inputGradient: as large as the input of the convolution. Its border is not changed.
  ///   - scratch: ``scratchCount`` floats.
  public func run(
    _ outputGradient: FeatureMap, _ inputGradient: FeatureMap, images: Int, scratch: FloatBuffer,
    pool: WorkerPool
  ) {
    precondition(images <= inputGradient.images && images <= outputGradient.images)
    precondition(inputGradient.channels == geometry.inputChannels)
    precondition(outputGradient.channels == geometry.filters)
    precondition(outputGradient.height == geometry.outputExtent(inputGradient.height))
    precondition(outputGradient.width == geometry.outputExtent(inputGradient.width))
    precondition(outputGradient.padding >= outputGradientPadding && scratch.count >= scratchCount)
    switch weights {
    case .winograd(let layer, _):
      layer.run(outputGradient, inputGradient, images: images, scratch: scratch, pool: pool)
    case .direct(let panels):
      direct.inputGradient(
        panels: panels, outputGradient: outputGradient, inputGradient: inputGradient,
        images: images, pool: pool)
    }
  }
}
