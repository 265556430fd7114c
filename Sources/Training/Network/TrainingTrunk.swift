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

  private enum Operation {
    case convolution(ConvolutionState)
    case maxPooling(MaxPooling)
    case normalization(LocalResponseNormalization)
  }

  private struct Layer {
    let operation: Operation
    let output: FeatureMap
    /// The loss's derivatives by ``output``.
    let outputGradient: FeatureMap
  }

  private let layers: [Layer]
  private let input: FeatureMap
  private let scratch: FloatBuffer
  private let pool: WorkerPool
  private let kernels: InstructionSet

  /// - Parameters:
  ///   - rows: the layers, in order, with their shapes.
  ///   - parameters: by name, the weights `[out, in / groups, height, width]` and biases of the
  ///     convolutions, row by row.
  public init(
    _ rows: [LayerSummary], parameters: [String: [Float]], batch: Int, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) throws(TrainingError) {
    self.batch = batch
    self.pool = pool
    self.kernels = kernels
    var operations: [Operation] = []
    for row in rows {
      switch row.layer.operation {
      case .convolution(let spec):
        operations.append(
          .convolution(
            try ConvolutionState(
              row, spec, parameters, isFirst: operations.isEmpty, kernels: kernels)))
      case .maxPooling(let spec): operations.append(.maxPooling(MaxPooling(spec)))
      case .normalization(let spec):
        operations.append(.normalization(LocalResponseNormalization(spec)))
      case .fullyConnected: throw .notTrainable(layer: row.layer.name)
      }
    }
    guard let first = rows.first else { throw .notTrainable(layer: "") }
    func inputPadding(_ index: Int) -> Int {
      guard index < operations.count, case .convolution(let state) = operations[index] else {
        return 0
      }
      return state.operation.inputPadding
    }
    input = FeatureMap(
      images: batch, height: first.input.height, width: first.input.width,
      channels: first.input.channels, padding: inputPadding(0))
    layers = zip(operations, rows).enumerated().map { index, pair in
      let (operation, row) = pair
      var gradientPadding = 0
      if case .convolution(let state) = operation {
        gradientPadding = state.operation.outputGradientPadding
      }
      func map(padding: Int) -> FeatureMap {
        FeatureMap(
          images: batch, height: row.output.height, width: row.output.width,
          channels: row.output.channels, padding: padding)
      }
      return Layer(
        operation: operation, output: map(padding: inputPadding(index + 1)),
        outputGradient: map(padding: gradientPadding))
    }
    let counts = operations.map { operation in
      if case .convolution(let state) = operation { state.operation.scratchCount } else { 0 }
    }
    scratch = FloatBuffer(count: counts.max() ?? 0)
  }

  /// Calls `body` with the picture of an image, `[height, width, 3]`, to write.
  public func withInput<Result, Failure: Error>(
    _ image: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try input.image(image).withMutablePicture(body)
  }

  /// Runs the first `images` images forward, and writes what comes out as rows of `features`, in
  /// the order channels, rows, columns.
  public func forward(images: Int, into features: Matrix) {
    var current = input
    for layer in layers {
      switch layer.operation {
      case .convolution(let state):
        state.operation.forward(
          current, layer.output, images: images, scratch: scratch, pool: pool)
      case .maxPooling(let operation):
        operation.run(current, layer.output, images: images, pool: pool, kernels: kernels)
      case .normalization(let operation):
        operation.run(current, layer.output, images: images, pool: pool, kernels: kernels)
      }
      current = layer.output
    }
    features.setChannelsFirst(current, images: images, pool: pool)
  }

  /// Computes the gradients from those of the features, and takes a step of gradient descent.
  public func backward(from featureGradient: Matrix, images: Int, descent: DescentStep) {
    guard let last = layers.last else { return }
    featureGradient.writeChannelsFirst(to: last.outputGradient, images: images, pool: pool)
    for (index, layer) in layers.enumerated().reversed() {
      let input = index == 0 ? self.input : layers[index - 1].output
      let inputGradient = index == 0 ? nil : layers[index - 1].outputGradient
      switch layer.operation {
      case .convolution(let state):
        state.operation.backward(
          input, output: layer.output, outputGradient: layer.outputGradient,
          inputGradient: inputGradient, weightGradient: state.weights.gradient,
          biasGradient: state.bias.gradient, images: images, scratch: scratch, pool: pool)
      case .maxPooling(let operation):
        guard let inputGradient else { continue }
        operation.backward(
          input, outputGradient: layer.outputGradient, inputGradient: inputGradient,
          images: images, pool: pool, kernels: kernels)
      case .normalization(let operation):
        guard let inputGradient else { continue }
        operation.backward(
          input, outputGradient: layer.outputGradient, inputGradient: inputGradient,
          images: images, pool: pool, kernels: kernels)
      }
    }
    for case .convolution(let state) in layers.map(\.operation) {
      state.descend(descent, pool: pool, kernels: kernels)
    }
  }

  /// The weights and biases, by name.
  public var parameters: [String: [Float]] {
    var result: [String: [Float]] = [:]
    for case .convolution(let state) in layers.map(\.operation) {
      for tensor in [state.weights, state.bias] {
        result[tensor.name] = tensor.values.values(0..<tensor.values.count)
      }
    }
    return result
  }
}

/// A convolution with its weights.
private final class ConvolutionState {
  var operation: TrainingConvolution
  let weights: TrainedTensor
  let bias: TrainedTensor

  init(
    _ row: LayerSummary, _ spec: ConvolutionSpec, _ parameters: [String: [Float]], isFirst: Bool,
    kernels: InstructionSet
  ) throws(TrainingError) {
    guard let weights = parameters[row.layer.weightName],
      weights.count == (row.weightDimensions ?? []).reduce(1, *),
      let bias = parameters[row.layer.biasName], bias.count == spec.filters
    else { throw .missingParameters(layer: row.layer.name) }
    self.weights = TrainedTensor(name: row.layer.weightName, values: weights, decays: true)
    self.bias = TrainedTensor(name: row.layer.biasName, values: bias, decays: false)
    operation = TrainingConvolution(
      Convolution.Geometry(spec, inputChannels: row.input.channels), weights: self.weights.values,
      bias: self.bias.values, relu: true, needsInputGradient: !isFirst, kernels: kernels)
  }

  func descend(_ step: DescentStep, pool: WorkerPool, kernels: InstructionSet) {
    weights.descend(step, pool: pool, kernels: kernels)
    bias.descend(step, pool: pool, kernels: kernels)
    operation.setWeights(weights.values, bias: bias.values)
  }
}
