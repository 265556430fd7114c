public import Architecture
public import Kernels
import Network
public import Threads

/// The layers before the fully connected ones while they are trained: convolution, max pooling and
/// local response normalisation.
///
/// All activations of a batch are kept, since the way back needs them again.
public final class TrainingTrunk {
  /// The most images of one step.
  public let batch: Int
  /// The layers with their shapes.
  let rows: [LayerSummary]

  private enum Operation {
    case convolution(TrainedConvolution)
    case maxPooling(MaxPooling)
    case normalization(LocalResponseNormalization)
  }

  private struct Layer {
    let operation: Operation
    let output: FeatureMap
    /// The loss's derivatives by ``output``; nil where nothing is trained.
    let outputGradient: FeatureMap?
    /// What a convolution gives before its batch normalisation; nil where it has none.
    let convolved: FeatureMap?
  }

  private let layers: [Layer]
  private let input: FeatureMap
  /// Brings what the last layer gives to the size of the features; nil where it has it.
  private let resizing: AdaptiveAveragePooling?
  private let scratch: FloatBuffer
  private let pool: WorkerPool
  private let kernels: InstructionSet
  private let times: LayerTimes
  /// By layer, the statistics of the latest batch.
  private var statistics: [BatchNormalization.Statistics?]

  /// - Parameters:
  ///   - rows: the layers, in order, with their shapes.
  ///   - parameters: by name, the weights `[out, in / groups, height, width]` and biases of the
  ///     convolutions, row by row.
  ///   - features: height and width of the features, where they are not those of the last layer's
  ///     output, as with pictures of another size than the network's.
  ///   - isTrained: false where the layers only run forward.
  ///   - batchNormalization: whether each convolution is followed by batch normalisation.
  ///   - times: what measures the layers, whose numbers there begin with 0.
  public init(
    _ rows: [LayerSummary], parameters: [String: [Float]], batch: Int, pool: WorkerPool,
    features: LayerSummary.Extent? = nil, isTrained: Bool = true, batchNormalization: Bool = false,
    kernels: InstructionSet = .best, times: LayerTimes? = nil
  ) throws(TrainingError) {
    self.batch = batch
    self.rows = rows
    self.pool = pool
    self.times = times ?? LayerTimes(layers: rows.count)
    self.kernels = kernels
    var operations: [Operation] = []
    for row in rows {
      switch row.layer.operation {
      case .convolution(let spec):
        operations.append(
          .convolution(
            try TrainedConvolution(
              row, spec, parameters, isFirst: operations.isEmpty, isTrained: isTrained,
              normalizes: batchNormalization, kernels: kernels)))
      case .maxPooling(let spec): operations.append(.maxPooling(MaxPooling(spec)))
      case .normalization(let spec):
        operations.append(.normalization(LocalResponseNormalization(spec)))
      case .fullyConnected: throw .notTrainable(layer: row.layer.name)
      }
    }
    guard let first = rows.first, let last = rows.last else { throw .notTrainable(layer: "") }
    resizing = features.flatMap { features in
      features == last.output
        ? nil : AdaptiveAveragePooling(height: features.height, width: features.width)
    }
    func inputPadding(_ index: Int) -> Int {
      guard index < operations.count, case .convolution(let layer) = operations[index] else {
        return 0
      }
      return layer.operation.inputPadding
    }
    input = FeatureMap(
      images: batch, height: first.input.height, width: first.input.width,
      channels: first.input.channels, padding: inputPadding(0))
    layers = zip(operations, rows).enumerated().map { index, pair in
      let (operation, row) = pair
      var gradientPadding = 0
      var normalizes = false
      if case .convolution(let layer) = operation {
        gradientPadding = layer.operation.outputGradientPadding
        normalizes = layer.normalization != nil
      }
      func map(padding: Int) -> FeatureMap {
        FeatureMap(
          images: batch, height: row.output.height, width: row.output.width,
          channels: row.output.channels, padding: padding)
      }
      return Layer(
        operation: operation, output: map(padding: inputPadding(index + 1)),
        outputGradient: isTrained ? map(padding: gradientPadding) : nil,
        convolved: normalizes ? map(padding: 0) : nil)
    }
    statistics = Array(repeating: nil, count: rows.count)
    let counts = operations.map { operation in
      if case .convolution(let layer) = operation { layer.operation.scratchCount } else { 0 }
    }
    scratch = FloatBuffer(count: counts.max() ?? 0)
  }

  private var convolutions: [TrainedConvolution] {
    layers.compactMap { layer in
      if case .convolution(let convolution) = layer.operation { convolution } else { nil }
    }
  }

  var tensors: [TrainedTensor] { convolutions.flatMap(\.tensors) }

  /// Calls `body` with the picture of an image, `[height, width, 3]`, to write.
  public func withInput<Result, Failure: Error>(
    _ image: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try input.image(image).withMutablePicture(body)
  }

  /// Runs the first `images` images forward, and writes what comes out as rows of `features`, in
  /// the order channels, rows, columns.
  ///
  /// - Parameter isTraining: whether batch normalisation uses the statistics of this batch, which
  ///   then change its averages, or the averages.
  public func forward(images: Int, into features: Matrix, isTraining: Bool = true) {
    let last = run(images: images) { convolution, index, input in
      forward(convolution, index, input, images: images, isTraining: isTraining)
    }
    times.measure(layer: layers.count - 1, .forward) {
      if let resizing {
        resizing.forward(last, features, images: images, pool: pool)
      } else {
        features.setChannelsFirst(last, images: images, pool: pool)
      }
    }
  }

  /// Chooses scales and shifts of batch normalisation so that the first `images` images come out as
  /// they would without it, and their statistics as its averages: training then begins with what
  /// the weights have learned before.
  func fitNormalization(images: Int) {
    _ = run(images: images) { convolution, index, input in
      forward(convolution, index, input, images: images, isTraining: true)
      guard let normalization = convolution.normalization, let found = statistics[index]
      else { return }
      normalization.preserve(found)
      forward(convolution, index, input, images: images, isTraining: false)
    }
  }

  /// Runs the first `images` images through all layers, convolutions by `convolve`, which is given
  /// the number of the layer and its input.
  ///
  /// - Returns: what the last layer gives.
  private func run(
    images: Int, convolve: (TrainedConvolution, Int, FeatureMap) -> Void
  ) -> FeatureMap {
    var current = input
    for (index, layer) in layers.enumerated() {
      times.measure(layer: index, .forward) {
        switch layer.operation {
        case .convolution(let convolution): convolve(convolution, index, current)
        case .maxPooling(let operation):
          operation.run(current, layer.output, images: images, pool: pool, kernels: kernels)
        case .normalization(let operation):
          operation.run(current, layer.output, images: images, pool: pool, kernels: kernels)
        }
      }
      current = layer.output
    }
    return current
  }

  private func forward(
    _ convolution: TrainedConvolution, _ index: Int, _ input: FeatureMap, images: Int,
    isTraining: Bool
  ) {
    let output = layers[index].output
    convolution.operation.forward(
      input, layers[index].convolved ?? output, images: images, scratch: scratch, pool: pool)
    guard let normalization = convolution.normalization,
      let convolved = layers[index].convolved
    else { return }
    let (scale, shift) = (normalization.scale.values, normalization.shift.values)
    if isTraining {
      let found = normalization.operation.forward(
        convolved, output, scale: scale, shift: shift, images: images, pool: pool)
      normalization.average(found, count: images * output.height * output.width)
      statistics[index] = found
    } else {
      normalization.operation.normalize(
        convolved, output, statistics: normalization.averages, scale: scale, shift: shift,
        images: images, pool: pool)
    }
  }

  /// Adds up the gradients of weights and biases, from those of the features.
  public func backward(from featureGradient: Matrix, images: Int) {
    guard let last = layers.last?.outputGradient else { return }
    times.measure(layer: layers.count - 1, .backward) {
      if let resizing {
        resizing.backward(featureGradient, last, images: images, pool: pool)
      } else {
        featureGradient.writeChannelsFirst(to: last, images: images, pool: pool)
      }
    }
    for index in layers.indices.reversed() {
      times.measure(layer: index, .backward) { backward(layer: index, images: images) }
    }
  }

  private func backward(layer index: Int, images: Int) {
    let layer = layers[index]
    guard let outputGradient = layer.outputGradient else { return }
    let input = index == 0 ? self.input : layers[index - 1].output
    let inputGradient = index == 0 ? nil : layers[index - 1].outputGradient
    switch layer.operation {
    case .convolution(let convolution):
      if let normalization = convolution.normalization, let convolved = layer.convolved,
        let statistics = statistics[index]
      {
        normalization.operation.backward(
          convolved, output: layer.output, outputGradient: outputGradient,
          inputGradient: outputGradient, statistics: statistics,
          scale: normalization.scale.values, scaleGradient: normalization.scale.gradient,
          shiftGradient: normalization.shift.gradient, images: images, pool: pool)
      }
      convolution.operation.backward(
        input, output: layer.convolved ?? layer.output, outputGradient: outputGradient,
        inputGradient: inputGradient, weightGradient: convolution.weights.gradient,
        biasGradient: convolution.bias.gradient, images: images, scratch: scratch, pool: pool)
    case .maxPooling(let operation):
      guard let inputGradient else { return }
      operation.backward(
        input, outputGradient: outputGradient, inputGradient: inputGradient, images: images,
        pool: pool, kernels: kernels)
    case .normalization(let operation):
      guard let inputGradient else { return }
      operation.backward(
        input, outputGradient: outputGradient, inputGradient: inputGradient, images: images,
        pool: pool, kernels: kernels)
    }
  }

  /// The sum of the squares of all gradients.
  var gradientSquares: Double { tensors.reduce(0) { $0 + $1.gradientSquares(pool) } }

  /// Takes a step with the gradients that were added up, and clears them.
  public func descend(_ step: DescentStep) {
    for (index, layer) in layers.enumerated() {
      guard case .convolution(let convolution) = layer.operation else { continue }
      times.measure(layer: index, .update) {
        convolution.descend(step, pool: pool, kernels: kernels)
      }
    }
  }

  /// Forgets the gradients.
  func clearGradients() { for tensor in tensors { tensor.clearGradient() } }

  /// The weights and biases of the plain network, by name: batch normalisation is folded in, with
  /// its averages.
  public var parameters: [String: [Float]] {
    convolutions.reduce(into: [:]) { $0.merge($1.foldedParameters) { first, _ in first } }
  }

  /// Begins to average everything that is trained, and batch normalisation, over the steps.
  func startAveraging() { for convolution in convolutions { convolution.startAveraging() } }

  /// Exchanges everything that is trained, and batch normalisation, with its average.
  func exchangeAverages() {
    for convolution in convolutions { convolution.exchangeAverages(pool) }
  }

  /// By the names of ``averages``, the moving averages of them that go with averaged weights.
  var smoothedAverages: [String: [Float]] {
    convolutions.reduce(into: [:]) { result, convolution in
      guard let normalization = convolution.normalization, let smoothed = normalization.smoothed
      else { return }
      result[normalization.meanName] = smoothed.mean
      result[normalization.varianceName] = smoothed.variance
    }
  }

  /// Takes over what ``smoothedAverages`` gave.
  ///
  /// - Parameter value: the values of a name.
  /// - Throws: ``TrainingError/missingParameters(layer:)`` where something is missing or misshapen.
  func restoreSmoothedAverages(_ value: (String) -> [Float]?) throws(TrainingError) {
    for convolution in convolutions {
      guard let normalization = convolution.normalization else { continue }
      let channels = normalization.averages.mean.count
      guard let mean = value(normalization.meanName), mean.count == channels,
        let variance = value(normalization.varianceName), variance.count == channels
      else { throw .missingParameters(layer: normalization.meanName) }
      normalization.restoreSmoothed(
        BatchNormalization.Statistics(mean: mean, variance: variance))
    }
  }

  /// The averages of batch normalisation, by name.
  var averages: [String: [Float]] {
    convolutions.reduce(into: [:]) { result, convolution in
      guard let normalization = convolution.normalization else { return }
      result[normalization.meanName] = normalization.averages.mean
      result[normalization.varianceName] = normalization.averages.variance
    }
  }
}
