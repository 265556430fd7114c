public import Architecture
public import Kernels
public import Threads

/// How a network computes: ``Parameters`` prepared for a strategy, a precision and an instruction
/// set.
///
/// Weights that the kernels can read without packing are shared with the parameters. All others are
/// packed when the plan is made. Any number of workspaces may share one plan.
public struct Plan: Sendable {
  public let parameters: Parameters
  public let strategy: Strategy
  public let precision: Precision
  public let kernels: InstructionSet
  /// The last layer that a forward pass runs: the one whose values ``Workspace/values(_:)`` gives.
  public let lastLayer: LayerSummary
  let layers: Layers

  /// What the forward pass should be good at.
  public enum Strategy: Sendable {
    /// One image as fast as possible: as little as possible is prepared and read.
    case latency
    /// Many images: fewer multiplications, over larger, transformed weights.
    case throughput

    /// The faster one for batches of `batch` images.
    public static func best(forBatch batch: Int) -> Strategy {
      batch >= 4 ? .throughput : .latency
    }
  }

  /// The layers, ready to run.
  enum Layers: Sendable {
    case floats(LayerStack<Float>)
    case bytes(LayerStack<UInt8>, Quantization)
  }

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - layer: the name of the last layer to run, which must be one of the architecture's; nil
  ///     runs all of them. Layers behind it are neither packed nor computed.
  ///   - precision: for 8 bits, a ``Quantization`` for the architecture of these parameters.
  ///   - pool: the threads that pack, a layer each; nothing else may use them at the same time.
  public init(
    _ parameters: Parameters, through layer: String? = nil, strategy: Strategy = .latency,
    precision: Precision = .float32, kernels: InstructionSet = .best,
    pool: WorkerPool = WorkerPool(threads: 1)
  ) {
    let names = parameters.summary.map(\.layer.name)
    guard let last = layer.map({ names.firstIndex(of: $0) }) ?? names.indices.last else {
      preconditionFailure("the network has no layer \(layer ?? "")")
    }
    let count = last + 1
    lastLayer = parameters.summary[last]
    self.parameters = parameters
    self.strategy = strategy
    self.precision = precision
    self.kernels = kernels
    switch precision {
    case .float32:
      layers = .floats(
        LayerStack(parameters, count, pool) { _, operation in
          operation.floatSteps(strategy, kernels)
        } head: { _, operation in
          operation.floatLayer(kernels)
        })
    case .bfloat16:
      layers = .floats(
        LayerStack(parameters, count, pool) { _, operation in
          operation.floatSteps(strategy, kernels)
        } head: { _, operation in
          operation.bfloat16Layer(kernels)
        })
    case .int8(let quantization):
      precondition(
        quantization.architecture == parameters.architecture,
        "a quantization belongs to one architecture")
      layers = .bytes(
        LayerStack(parameters, count, pool) { layer, operation in
          [operation.byteStep(quantization.scales[layer], quantization.calibration, kernels)]
        } head: { layer, operation in
          operation.byteLayer(inputScale: quantization.scales[layer].input, kernels)
        }, quantization)
    }
  }

  /// Bytes of weights by layer, in the form in which the layer reads them: every weight counted
  /// once, without biases. Layers without weights have 0.
  public var weightBytes: [String: Int] {
    switch layers {
    case .floats(let stack): stack.weightBytes
    case .bytes(let stack, _): stack.weightBytes
    }
  }
}

/// The layers of a network whose convolutional part computes in `Element`.
struct LayerStack<Element: BitwiseCopyable & Sendable>: Sendable {
  /// The steps before the first fully connected layer.
  let trunk: [TrunkStep<Element>]
  /// The fully connected layers; none where only layers before them run.
  let head: [HeadStep]

  /// Prepares the first `count` layers; the threads of `pool` take a layer each.
  ///
  /// - Parameters:
  ///   - trunk: prepares a layer, which is given with its position in the architecture.
  ///   - head: prepares a fully connected layer, given in the same way.
  init(
    _ parameters: Parameters, _ count: Int, _ pool: WorkerPool,
    trunk: @Sendable (Int, any TrunkOperation) -> [TrunkStep<Element>],
    head: @Sendable (Int, FullyConnectedOperation) -> any HeadLayer
  ) {
    let trunkCount = parameters.trunk.count
    let prepared = pool.map(count) { layer -> PreparedLayer<Element> in
      guard layer >= trunkCount else { return .trunk(trunk(layer, parameters.trunk[layer])) }
      let operation = parameters.head[layer - trunkCount]
      return .head(HeadStep(name: operation.row.layer.name, layer: head(layer, operation)))
    }
    self.trunk = prepared.flatMap { layer -> [TrunkStep<Element>] in
      if case .trunk(let steps) = layer { steps } else { [] }
    }
    self.head = prepared.compactMap { layer -> HeadStep? in
      if case .head(let step) = layer { step } else { nil }
    }
  }

  var weightBytes: [String: Int] {
    // A layer may take several steps.
    var bytes: [String: Int] = [:]
    for step in trunk { bytes[step.name, default: 0] += step.layer.weightBytes }
    for step in head { bytes[step.name, default: 0] += step.layer.weightBytes }
    return bytes
  }
}

/// A layer of either kind, ready to run.
private enum PreparedLayer<Element: BitwiseCopyable & Sendable>: Sendable {
  case trunk([TrunkStep<Element>])
  case head(HeadStep)
}

/// A fully connected layer with its name.
struct HeadStep: Sendable {
  let name: String
  let layer: any HeadLayer
}
