public import Architecture
import Kernels
import Synchronization
import Tensors
import Threads

/// An architecture with its weights bound: what a ``Workspace`` runs.
///
/// Everything is checked here, once; the forward pass cannot fail. Weights are packed for the first
/// workspace, so that opening a network and then preparing it for another strategy costs nothing.
/// Any number of workers may share it.
public final class Network: Sendable {
  public let architecture: Architecture
  public let kernels: InstructionSet
  /// The layers with their shapes, one for each of ``Architecture/layers``.
  public let summary: [LayerSummary]
  public let strategy: Strategy
  public let precision: Precision
  private let parameters: [String: WeightMatrix]
  private let packed = Mutex<[Step]?>(nil)

  /// Values that the last layer gives.
  public var classCount: Int { architecture.classCount }

  /// What the forward pass should be good at.
  public enum Strategy: Sendable {
    /// One image as fast as it can be: as little as possible is prepared and read.
    case latency
    /// Many images: fewer multiplications, over larger, transformed weights.
    case throughput

    /// What pays for batches of `batch` images.
    public static func best(forBatch batch: Int) -> Strategy {
      batch >= 4 ? .throughput : .latency
    }
  }

  /// A part of a layer ready to run, and the extents of what it gives.
  struct Step: Sendable {
    /// The layer that it belongs to.
    let name: String
    let operation: Operation
    let channels: Int
    let height: Int
    let width: Int
  }

  enum Operation: Sendable {
    case spaceToDepth(SpaceToDepth)
    case convolution(Convolution)
    case winograd(WinogradConvolution)
    case maxPooling(MaxPooling)
    case normalization(LocalResponseNormalization)
    case quantizedConvolution(QuantizedConvolution)
    case quantizedWinograd(QuantizedWinogradConvolution)
    case quantizedNormalization(
      LocalResponseNormalization, inputScale: Float, outputScale: Float)
    case fullyConnected(FullyConnected)
    case bfloat16FullyConnected(BFloat16FullyConnected)
    case quantizedFullyConnected(QuantizedFullyConnected)
    case sparseFullyConnected(SparseFullyConnected)
    case quantizedSparseFullyConnected(QuantizedSparseFullyConnected)
  }

  /// - Parameters:
  ///   - architecture: the layers; its last must give as many values as there are classes.
  ///   - parameters: `NAME.weight` and `NAME.bias` of every convolution and fully connected layer.
  ///   - strategy: what to prepare the weights for.
  ///   - precision: what to compute in.
  /// - Throws: ``NetworkError`` naming every tensor that is missing, unexpected, misshapen or of a
  ///   type that cannot be run.
  public init(
    _ architecture: Architecture, parameters: [String: WeightMatrix],
    strategy: Strategy = .latency, precision: Precision = .float32, kernels: InstructionSet = .best
  ) throws(NetworkError) {
    self.architecture = architecture
    self.parameters = parameters
    self.strategy = strategy
    self.precision = precision
    self.kernels = kernels
    summary = try architecture.checkedSummary()
    let problems = Self.problems(summary, parameters)
    guard problems.isEmpty else {
      throw .wrongTensors(architecture: architecture.name, problems)
    }
    if case .int8(let calibration) = precision {
      let missing = architecture.calibratedLayers.filter { !(calibration.ranges[$0] ?? 0 > 0) }
      guard missing.isEmpty else { throw .notCalibrated(missing) }
    }
  }

  /// The layers ready to run; packed by one thread, unless ``pack(using:)`` came first.
  var steps: [Step] {
    packed.withLock(\.self) ?? pack(using: WorkerPool(threads: 1))
  }

  /// The layers ready to run. Packs their weights, unless that has been done: the threads of `pool` take
  /// a layer each.
  @discardableResult func pack(using pool: WorkerPool) -> [Step] {
    packed.withLock { packed in
      if let packed { return packed }
      let steps = pool.map(summary.count) { layer in
        do throws(TensorError) {
          return try self.bind(layer)
        } catch {
          preconditionFailure("the tensors were checked before: \(error)")
        }
      }.flatMap(\.self)
      packed = steps
      return steps
    }
  }

  private func bind(_ layer: Int) throws(TensorError) -> [Step] {
    switch precision {
    case .float32, .bfloat16:
      try Self.bind(summary[layer], parameters, strategy, precision, kernels)
    case .int8(let calibration):
      [
        Self.step(
          summary[layer],
          try QuantizedBinding(
            summary, layer: layer, calibration: calibration, kernels: kernels
          ).bind(parameters))
      ]
    }
  }

  /// The same network prepared for another strategy or precision. Weights that are read where they lie
  /// are shared.
  public func prepared(
    for strategy: Strategy, precision: Precision? = nil
  ) throws(NetworkError) -> Network {
    try Network(
      architecture, parameters: parameters, strategy: strategy,
      precision: precision ?? self.precision, kernels: kernels)
  }

  private static func problems(
    _ summary: [LayerSummary], _ parameters: [String: WeightMatrix]
  ) -> [NetworkError.TensorProblem] {
    var expected: [(name: String, dimensions: [Int])] = []
    for row in summary {
      guard let dimensions = row.weightDimensions else { continue }
      expected.append((row.layer.name + ".weight", dimensions))
      expected.append((row.layer.name + ".bias", [row.output.channels]))
    }
    var problems: [NetworkError.TensorProblem] = []
    for (name, dimensions) in expected {
      guard let found = parameters[name] else {
        problems.append(.missing(name, expected: dimensions))
        continue
      }
      if found.dimensions != dimensions {
        problems.append(.wrongShape(name, expected: dimensions, found: found.dimensions))
      } else if case .dense(let tensor) = found, !tensor.elementType.isFloatingPoint {
        problems.append(
          .unusable(name, reason: "\(TensorError.notFloatingPoint(tensor.elementType))"))
      }
    }
    let names = Set(expected.map(\.name))
    for (name, matrix) in parameters.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
      problems.append(.unexpected(name, found: matrix.dimensions))
    }
    return problems
  }
}
