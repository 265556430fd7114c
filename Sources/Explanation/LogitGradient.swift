import Architecture
import Kernels
import Network
import Tensors
import Threads

/// The gradient of one logit with respect to the output of a layer before the fully connected ones,
/// or to the network's input, for one image.
///
/// The way back through the fully connected layers reads only the weights of outputs that the
/// image activates, in the form in which the model stores them.
final class LogitGradient {
  private let workspace: Workspace
  private let pool: WorkerPool
  private let kernels: InstructionSet
  private let classCount: Int
  private let head: [HeadLayer]
  /// The layers on the way back, the last one first.
  private let steps: [Step]
  /// The gradient by the output of the layer at which the way back through maps begins.
  private let trunkGradient: FeatureMap
  private let scratch: FloatBuffer

  /// A fully connected layer.
  private struct HeadLayer {
    let name: String
    let weights: WeightMatrix
    let inputs: Int
    let hasReLU: Bool
  }

  /// A layer before them, with its maps of the forward pass and their gradients.
  private struct Step {
    let operation: Operation
    let input: FeatureMap
    let output: FeatureMap
    let outputGradient: FeatureMap
    let inputGradient: FeatureMap
  }

  private enum Operation {
    case convolution(ConvolutionInputGradient)
    case maxPooling(MaxPooling)
    case normalization(LocalResponseNormalization)
  }

  /// Into how many parts the inputs of a fully connected layer are divided among threads.
  private static let parts = 8

  /// - Parameters:
  ///   - workspace: runs the images, as its image 0 and without streaming.
  ///   - layer: the layer by whose output the gradient is; nil for the network's input.
  ///   - last: the layer, before the fully connected ones, at whose output the way back begins; nil
  ///     for the last one of them.
  /// - Throws: ``ExplanationError`` where there is no such layer, or the workspace does not keep
  ///   the maps between the layers.
  init(
    _ workspace: Workspace, layer: String?, through last: String? = nil, pool: WorkerPool,
    kernels: InstructionSet
  ) throws(ExplanationError) {
    let parameters = workspace.plan.parameters
    self.workspace = workspace
    self.pool = pool
    self.kernels = kernels
    classCount = parameters.classCount
    head = try Self.head(workspace)
    var trunk = parameters.summary.filter { !$0.layer.isFullyConnected }[...]
    func position(_ name: String) throws(ExplanationError) -> Int {
      guard let index = trunk.firstIndex(where: { $0.layer.name == name }) else {
        throw .noSuchLayer(name)
      }
      return index
    }
    if let last { trunk = trunk[...(try position(last))] }
    let end = trunk.last?.output
    if let layer { trunk = trunk[(try position(layer) + 1)...] }
    var operations: [Operation] = []
    for row in trunk {
      operations.append(try Self.operation(row, parameters, kernels: kernels, pool: pool))
    }
    func map(_ extent: LayerSummary.Extent, readBy operation: Operation?) -> FeatureMap {
      var padding = 0
      if case .convolution(let layer)? = operation { padding = layer.outputGradientPadding }
      return FeatureMap(
        images: 1, height: extent.height, width: extent.width, channels: extent.channels,
        padding: padding)
    }
    let size = parameters.architecture.inputSize
    let extent =
      end
      ?? LayerSummary.Extent(channels: Architecture.inputChannels, height: size, width: size)
    let gradient = map(extent, readBy: operations.last)
    trunkGradient = gradient
    // From the last layer to the first: the gradient by a layer's input is that by the output of
    // the one before it.
    var steps: [Step] = []
    var outputGradient = gradient
    for (index, (row, operation)) in zip(trunk, operations).enumerated().reversed() {
      guard let input = workspace.inputMap(of: row.layer.name),
        let output = workspace.outputMap(of: row.layer.name)
      else { throw .notKept(layer: row.layer.name) }
      let inputGradient = map(row.input, readBy: index > 0 ? operations[index - 1] : nil)
      steps.append(
        Step(
          operation: operation, input: input, output: output, outputGradient: outputGradient,
          inputGradient: inputGradient))
      outputGradient = inputGradient
    }
    self.steps = steps
    let counts = operations.map { operation in
      if case .convolution(let layer) = operation { layer.scratchCount } else { 0 }
    }
    scratch = FloatBuffer(count: counts.max() ?? 0)
  }

  private static func head(_ workspace: Workspace) throws(ExplanationError) -> [HeadLayer] {
    var head: [HeadLayer] = []
    for row in workspace.plan.parameters.summary {
      guard case .fullyConnected(_, let relu, _) = row.layer.operation else { continue }
      guard let weights = workspace.plan.parameters.tensors[row.layer.weightName],
        workspace.outputs(of: row.layer.name, image: 0) != nil
      else { throw .notKept(layer: row.layer.name) }
      head.append(
        HeadLayer(
          name: row.layer.name, weights: weights, inputs: row.input.count, hasReLU: relu))
    }
    return head
  }

  private static func operation(
    _ row: LayerSummary, _ parameters: Parameters, kernels: InstructionSet, pool: WorkerPool
  ) throws(ExplanationError) -> Operation {
    switch row.layer.operation {
    case .convolution(let spec):
      guard let weights = parameters.floats(named: row.layer.weightName) else {
        throw .notKept(layer: row.layer.name)
      }
      return .convolution(
        ConvolutionInputGradient(
          Convolution.Geometry(spec, inputChannels: row.input.channels),
          weights: FloatBuffer(weights), kernels: kernels, pool: pool))
    case .maxPooling(let spec): return .maxPooling(MaxPooling(spec))
    case .normalization(let spec): return .normalization(LocalResponseNormalization(spec))
    case .fullyConnected: throw .noSuchLayer(row.layer.name)
    }
  }

  /// The gradient of the logit of a class, `[height, width, channels]`, for the image that the
  /// workspace ran last. The next call overwrites it.
  func run(classIndex: Int) -> FeatureMap {
    var gradient = [Float](repeating: 0, count: classCount)
    gradient[classIndex] = 1
    return run(logits: gradient)
  }

  /// The gradient of a function of the logits, as above.
  ///
  /// - Parameter logits: the derivatives of the function by the logits.
  func run(logits: [Float]) -> FeatureMap { run(trunk: headGradient(logits)) }

  /// The gradient of a function of the output of the layer at which the way back begins, as above.
  ///
  /// - Parameter trunk: the derivatives of the function, `[channels, height, width]`.
  func run(trunk: [Float]) -> FeatureMap {
    trunkGradient.setChannelsFirst(trunk, image: 0)
    for step in steps {
      switch step.operation {
      case .convolution(let layer):
        ReLUGradient.run(
          output: step.output, gradient: step.outputGradient, images: 1, pool: pool,
          kernels: kernels)
        layer.run(
          step.outputGradient, step.inputGradient, images: 1, scratch: scratch, pool: pool)
      case .maxPooling(let layer):
        layer.backward(
          step.input, outputGradient: step.outputGradient, inputGradient: step.inputGradient,
          images: 1, pool: pool, kernels: kernels)
      case .normalization(let layer):
        layer.backward(
          step.input, outputGradient: step.outputGradient, inputGradient: step.inputGradient,
          images: 1, pool: pool, kernels: kernels)
      }
    }
    return steps.last?.inputGradient ?? trunkGradient
  }

  /// The gradient by the input of the fully connected layers, in the order channels, rows, columns.
  private func headGradient(_ logits: [Float]) -> [Float] {
    var gradient = logits
    for layer in head.reversed() {
      if layer.hasReLU, let outputs = workspace.outputs(of: layer.name, image: 0) {
        for index in gradient.indices where outputs[index] <= 0 { gradient[index] = 0 }
      }
      let (count, outputGradient) = (layer.inputs, gradient)
      gradient = pool.map(Self.parts) { part in
        layer.weights.inputGradient(
          outputGradient, inputs: part * count / Self.parts..<(part + 1) * count / Self.parts)
      }.flatMap { $0 }
    }
    return gradient
  }
}
