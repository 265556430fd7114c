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
  private let parameters: Parameters
  private let pool: WorkerPool
  private let kernels: InstructionSet
  private let head: [LayerSummary]
  /// The layers on the way back, the last one first.
  private let steps: [Step]
  /// The gradient by the output of the last layer before the fully connected ones.
  private let trunkGradient: FeatureMap
  private let scratch: FloatBuffer

  private struct Step {
    let name: String
    let operation: Operation
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

  /// - Parameter layer: the layer by whose output the gradient is; nil for the network's input.
  init(_ parameters: Parameters, layer: String?, pool: WorkerPool, kernels: InstructionSet) {
    self.parameters = parameters
    self.pool = pool
    self.kernels = kernels
    head = parameters.summary.filter(\.layer.isFullyConnected)
    let trunk = parameters.summary.filter { !$0.layer.isFullyConnected }
    var first = 0
    if let layer {
      guard let index = trunk.firstIndex(where: { $0.layer.name == layer }) else {
        preconditionFailure("the network has no layer \(layer) before the fully connected ones")
      }
      first = index + 1
    }
    let operations = trunk[first...].map { row -> Operation in
      switch row.layer.operation {
      case .convolution(let spec):
        guard let weights = parameters.floats(named: row.layer.weightName) else {
          preconditionFailure("the parameters were checked when they were made")
        }
        return .convolution(
          ConvolutionInputGradient(
            Convolution.Geometry(spec, inputChannels: row.input.channels),
            weights: FloatBuffer(weights),
            kernels: kernels, pool: pool))
      case .maxPooling(let spec): return .maxPooling(MaxPooling(spec))
      case .normalization(let spec):
        return .normalization(LocalResponseNormalization(spec))
      case .fullyConnected: preconditionFailure("it was filtered out")
      }
    }
    func map(_ extent: LayerSummary.Extent, readBy operation: Operation?) -> FeatureMap {
      var padding = 0
      if case .convolution(let layer)? = operation { padding = layer.outputGradientPadding }
      return FeatureMap(
        images: 1, height: extent.height, width: extent.width, channels: extent.channels,
        padding: padding)
    }
    // The gradient by the input of each step, and behind them that by the output of the last one.
    var maps: [FeatureMap] = []
    for (index, row) in trunk[first...].enumerated() {
      maps.append(map(row.input, readBy: index > 0 ? operations[index - 1] : nil))
    }
    maps.append(map(trunk.last?.output ?? head[0].input, readBy: operations.last))
    steps = zip(trunk[first...], operations).enumerated().map { index, pair in
      Step(
        name: pair.0.layer.name, operation: pair.1, outputGradient: maps[index + 1],
        inputGradient: maps[index])
    }.reversed()
    trunkGradient = maps[maps.count - 1]
    let counts = operations.map { operation in
      if case .convolution(let layer) = operation { layer.scratchCount } else { 0 }
    }
    scratch = FloatBuffer(count: counts.max() ?? 0)
  }

  /// The gradient of the logit of a class, `[height, width, channels]`. The next call overwrites
  /// it.
  ///
  /// - Parameter workspace: has run the image as its image 0, without streaming.
  func run(_ workspace: Workspace, classIndex: Int) -> FeatureMap {
    trunkGradient.setChannelsFirst(headGradient(workspace, classIndex: classIndex), image: 0)
    for step in steps {
      guard let input = workspace.inputMap(of: step.name),
        let output = workspace.outputMap(of: step.name)
      else { preconditionFailure("the workspace keeps no map of \(step.name)") }
      switch step.operation {
      case .convolution(let layer):
        ReLUGradient.run(
          output: output, gradient: step.outputGradient, images: 1, pool: pool, kernels: kernels)
        layer.run(
          step.outputGradient, step.inputGradient, images: 1, scratch: scratch, pool: pool)
      case .maxPooling(let layer):
        layer.backward(
          input, outputGradient: step.outputGradient, inputGradient: step.inputGradient,
          images: 1, pool: pool, kernels: kernels)
      case .normalization(let layer):
        layer.backward(
          input, outputGradient: step.outputGradient, inputGradient: step.inputGradient,
          images: 1, pool: pool, kernels: kernels)
      }
    }
    return steps.last?.inputGradient ?? trunkGradient
  }

  /// The gradient by the input of the fully connected layers, in the order channels, rows, columns.
  private func headGradient(_ workspace: Workspace, classIndex: Int) -> [Float] {
    var gradient = [Float](repeating: 0, count: parameters.classCount)
    gradient[classIndex] = 1
    for row in head.reversed() {
      guard case .fullyConnected(_, let relu, _) = row.layer.operation,
        let weights = parameters.tensors[row.layer.weightName],
        let outputs = workspace.outputs(of: row.layer.name, image: 0)
      else { preconditionFailure("the parameters were checked when they were made") }
      if relu {
        for index in gradient.indices where outputs[index] <= 0 { gradient[index] = 0 }
      }
      let (count, outputGradient) = (row.input.count, gradient)
      gradient = pool.map(Self.parts) { part in
        weights.inputGradient(
          outputGradient, inputs: part * count / Self.parts..<(part + 1) * count / Self.parts)
      }.flatMap { $0 }
    }
    return gradient
  }
}
