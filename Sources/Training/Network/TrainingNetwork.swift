public import Architecture
public import Kernels
public import Threads

/// A network while it is trained: all of its layers, or the fully connected ones from any of them
/// on.
///
/// A step is: write the inputs, ``forward(images:dropoutSeed:)``, ``losses(_:images:)``,
/// ``backward(images:)``, then ``descend(_:images:)``.
public final class TrainingNetwork {
  /// The most images of one step.
  public let batch: Int
  /// Nil where the inputs are features, which layers that are not trained gave.
  public let trunk: TrainingTrunk?
  public let head: TrainingHead
  /// Measures the layers, in the order of the rows, where that is wanted.
  public let times: LayerTimes
  private let pool: WorkerPool
  private var hasDropped = false

  /// - Parameters:
  ///   - rows: the layers to train, with their shapes: all of a network's, or some of its fully
  ///     connected ones.
  ///   - parameters: weights and biases, by name; with batch normalisation also its scales, shifts
  ///     and averages, where training goes on.
  ///   - dropout: the share of the inputs that layers with dropout drop; nil for their own.
  public init(
    _ rows: [LayerSummary], parameters: [String: [Float]], batch: Int, pool: WorkerPool,
    batchNormalization: Bool = false, dropout: Double? = nil, kernels: InstructionSet = .best
  ) throws(TrainingError) {
    self.batch = batch
    self.pool = pool
    times = LayerTimes(layers: rows.count)
    let below = Array(rows.prefix { !$0.layer.isFullyConnected })
    trunk =
      below.isEmpty
      ? nil
      : try TrainingTrunk(
        below, parameters: parameters, batch: batch, pool: pool,
        batchNormalization: batchNormalization, kernels: kernels, times: times)
    head = try TrainingHead(
      Array(rows.dropFirst(below.count)), parameters: parameters, batch: batch, pool: pool,
      needsInputGradient: !below.isEmpty, dropout: dropout, kernels: kernels,
      times: (times, below.count))
  }

  private var tensors: [TrainedTensor] { (trunk?.tensors ?? []) + head.tensors }

  /// The last layer's rate is multiplied by `factor`; biases have `biasFactor` times the rate of
  /// their layer's weights.
  public func setRates(lastLayer factor: Float, biases biasFactor: Float) {
    for tensor in tensors { tensor.rateFactor = tensor.decays ? 1 : biasFactor }
    for tensor in head.lastTensors { tensor.rateFactor *= factor }
  }

  /// Runs the first `images` images forward.
  ///
  /// - Parameter seed: draws what is dropped; nil runs the network as it is used: without dropout,
  ///   and with the averages of batch normalisation.
  /// - Returns: the outputs of the last layer, one image a row.
  @discardableResult
  public func forward(images: Int, dropoutSeed seed: UInt64?) -> Matrix {
    trunk?.forward(images: images, into: head.input, isTraining: seed != nil)
    hasDropped = seed != nil
    return head.forward(images: images, dropoutSeed: seed)
  }

  /// The losses of the images, divided by their number, and their gradients by the logits.
  public func losses(_ targets: BatchTargets, images: Int) -> [Double] {
    head.losses(targets, images: images, weight: 1 / Float(max(1, images)))
  }

  /// Computes the gradients.
  public func backward(images: Int) {
    head.backward(images: images, hasDropped: hasDropped)
    if let gradient = head.inputGradient { trunk?.backward(from: gradient, images: images) }
  }

  /// The Euclidean norm of all gradients together.
  public func gradientNorm(images: Int) -> Double {
    ((trunk?.gradientSquares ?? 0) + head.gradientSquares(images: images)).squareRoot()
  }

  /// Takes a step of gradient descent, and clears the gradients.
  public func descend(_ step: DescentStep, images: Int) {
    trunk?.descend(step)
    head.descend(step, images: images)
  }

  /// Forgets the gradients of a step that is not taken.
  public func clearGradients() {
    trunk?.clearGradients()
    head.clearGradients()
  }

  /// The weights and biases of the plain network, by name; batch normalisation is folded in.
  public var parameters: [String: [Float]] {
    head.parameters.merging(trunk?.parameters ?? [:]) { first, _ in first }
  }

  // MARK: State

  private static let velocityPrefix = "velocity."

  /// Everything that training needs to go on: values and velocities of all tensors, and the
  /// averages of batch normalisation.
  public var state: [String: [Float]] {
    var state = trunk?.averages ?? [:]
    for tensor in tensors {
      state[tensor.name] = tensor.values.allValues
      state[Self.velocityPrefix + tensor.name] = tensor.velocity.allValues
    }
    return state
  }

  /// Sets values and velocities. Averages of batch normalisation are read by `init`.
  ///
  /// - Throws: ``TrainingError/missingParameters(layer:)`` where something is missing or misshapen.
  public func restore(_ state: [String: [Float]]) throws(TrainingError) {
    for tensor in tensors {
      guard let values = state[tensor.name], values.count == tensor.values.count,
        let velocity = state[Self.velocityPrefix + tensor.name],
        velocity.count == tensor.velocity.count
      else { throw .missingParameters(layer: tensor.name) }
      tensor.values.setValues(values)
      tensor.velocity.setValues(velocity)
    }
    trunk?.weightsHaveChanged()
  }

  /// The index of the largest logit of each of the first `images` images.
  public static func answers(_ logits: Matrix, images: Int) -> [Int] {
    (0..<images).map { image in
      let values = logits.values(row: image)
      return values.indices.max { values[$0] < values[$1] } ?? 0
    }
  }
}
