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
  public private(set) var trunk: TrainingTrunk?
  public let head: TrainingHead
  /// What the first of the fully connected layers reads.
  private let features: LayerSummary.Extent?
  /// Measures the layers, in the order of the rows, where that is wanted.
  public let times: LayerTimes
  private let pool: WorkerPool
  private let batchNormalization: Bool
  private let isTrained: Bool
  private let kernels: InstructionSet
  /// What the rate is multiplied by: for the last layer, and for biases.
  private var rates: (lastLayer: Float, biases: Float) = (1, 1)
  private var hasDropped = false
  /// Whether everything that is trained is averaged over the steps.
  private var isAveraging = false

  /// - Parameters:
  ///   - rows: the layers to train, with their shapes: all of a network's, or some of its fully
  ///     connected ones.
  ///   - parameters: weights and biases, by name; with batch normalisation also its scales, shifts
  ///     and averages, where training goes on.
  ///   - isTrained: false where the layers only run forward, which takes less memory.
  ///   - dropout: the share of the inputs that layers with dropout drop; nil for their own.
  ///   - precision: what the fully connected layers multiply in, in steps.
  public init(
    _ rows: [LayerSummary], parameters: [String: [Float]], batch: Int, pool: WorkerPool,
    batchNormalization: Bool = false, isTrained: Bool = true, dropout: Double? = nil,
    precision: TrainingPrecision = .float32, kernels: InstructionSet = .best
  ) throws(TrainingError) {
    self.batch = batch
    self.pool = pool
    self.batchNormalization = batchNormalization
    self.isTrained = isTrained
    self.kernels = kernels
    times = LayerTimes(layers: rows.count)
    let below = Array(rows.prefix { !$0.layer.isFullyConnected })
    head = try TrainingHead(
      Array(rows.dropFirst(below.count)), parameters: parameters, batch: batch, pool: pool,
      needsInputGradient: isTrained && !below.isEmpty, isTrained: isTrained, dropout: dropout,
      precision: precision, kernels: kernels,
      times: (times, below.count))
    features = rows.dropFirst(below.count).first?.input
    if !below.isEmpty { trunk = try makeTrunk(below, parameters) }
  }

  private func makeTrunk(
    _ rows: [LayerSummary], _ parameters: [String: [Float]]
  ) throws(TrainingError) -> TrainingTrunk {
    try TrainingTrunk(
      rows, parameters: parameters, batch: batch, pool: pool, features: features,
      isTrained: isTrained, batchNormalization: batchNormalization, kernels: kernels, times: times)
  }

  /// Goes on with pictures of another size, which begins with the next step.
  ///
  /// - Parameter rows: the layers with their shapes for that size. Of the fully connected ones
  ///   nothing changes.
  public func resize(_ rows: [LayerSummary]) throws(TrainingError) {
    guard let trunk else { return }
    try replaceTrunk(
      Array(rows.prefix { !$0.layer.isFullyConnected }), Self.state(of: trunk).allValues)
  }

  /// Makes the layers before the fully connected ones anew, with everything that `state` says.
  private func replaceTrunk(
    _ rows: [LayerSummary], _ state: [String: [Float]]
  ) throws(TrainingError) {
    let trunk = try makeTrunk(rows, state)
    if isAveraging {
      trunk.startAveraging()
      try trunk.restoreSmoothedAverages { state[Self.averagePrefix + $0] }
    }
    try Self.restoreSteps(of: trunk.tensors, state)
    self.trunk = trunk
    setRates(lastLayer: rates.lastLayer, biases: rates.biases)
  }

  /// Chooses what batch normalisation begins with so that the first `images` images come out as
  /// they would without it.
  public func fitNormalization(images: Int) { trunk?.fitNormalization(images: images) }

  private var tensors: [TrainedTensor] { (trunk?.tensors ?? []) + head.tensors }

  /// The last layer's rate is multiplied by `factor`; biases have `biasFactor` times the rate of
  /// their layer's weights.
  public func setRates(lastLayer factor: Float, biases biasFactor: Float) {
    rates = (factor, biasFactor)
    for tensor in tensors { tensor.rateFactor = tensor.decays ? 1 : biasFactor }
    for tensor in head.lastTensors { tensor.rateFactor *= factor }
  }

  /// Begins to average everything that is trained over the steps, with
  /// ``DescentStep/averageShare``, and the averages of batch normalisation in the same way.
  public func startAveraging() {
    isAveraging = true
    trunk?.startAveraging()
    for tensor in head.tensors { tensor.startAveraging() }
  }

  /// Runs `body` with the averages over the steps in the place of what is trained, where there are
  /// any.
  public func withAverages<Result>(_ body: () -> Result) -> Result {
    guard isAveraging else { return body() }
    exchangeAverages()
    defer { exchangeAverages() }
    return body()
  }

  private func exchangeAverages() {
    trunk?.exchangeAverages()
    for tensor in head.tensors { tensor.exchangeAverage() }
  }

  /// Lets weights that are 0 stay 0 from now on.
  ///
  /// - Parameter names: of weights of fully connected layers.
  public func keepZeros(of names: Set<String>) {
    for tensor in head.tensors { tensor.keepsZeros = names.contains(tensor.name) }
  }

  /// Sets the smallest weights of a fully connected layer to 0, with their velocities and averages.
  ///
  /// - Parameter share: the share of the weights that stays, above 0, at most 1; at least one does.
  public func prune(_ name: String, to share: Double) {
    for tensor in head.tensors where tensor.name == name {
      tensor.prune(keeping: Self.weights(tensor, share), pool: pool)
    }
  }

  /// Whether the weights of a fully connected layer that are not 0 are at most this share of all.
  public func isPruned(_ name: String, to share: Double) -> Bool {
    head.tensors.filter { $0.name == name }.allSatisfy { tensor in
      tensor.values.allValues.count { $0 != 0 } <= Self.weights(tensor, share)
    }
  }

  /// The number of weights that a share is.
  private static func weights(_ tensor: TrainedTensor, _ share: Double) -> Int {
    max(1, Int((share * Double(tensor.values.count)).rounded()))
  }

  /// Runs the first `images` images forward.
  ///
  /// - Parameter seed: draws what is dropped in a step; nil runs the network as it is used: without
  ///   dropout, in float32, and with the averages of batch normalisation.
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
  private static let averagePrefix = "average."

  /// Everything that training needs to go on: values and velocities of all tensors, the averages of
  /// batch normalisation, and where everything is averaged over the steps these averages.
  public var state: [String: [Float]] {
    stateValues.allValues
  }

  /// What ``state`` holds, as long as no step is taken.
  var stateValues: [NamedValues] {
    Self.state(of: head.tensors) + (trunk.map(Self.state(of:)) ?? [])
  }

  private static func state(of trunk: TrainingTrunk) -> [NamedValues] {
    state(of: trunk.tensors) + trunk.averages.map { NamedValues($0, $1) }
      + trunk.smoothedAverages.map { NamedValues(averagePrefix + $0, $1) }
  }

  private static func state(of tensors: [TrainedTensor]) -> [NamedValues] {
    tensors.flatMap { tensor in
      [
        NamedValues(tensor.name, tensor.values),
        NamedValues(velocityPrefix + tensor.name, tensor.velocity),
      ] + (tensor.average.map { [NamedValues(averagePrefix + tensor.name, $0)] } ?? [])
    }
  }

  /// Sets everything that ``state`` holds. Averages over the steps are needed if they have been
  /// begun.
  ///
  /// - Throws: ``TrainingError/missingParameters(layer:)`` where something is missing or misshapen.
  public func restore(_ state: [String: [Float]]) throws(TrainingError) {
    for tensor in head.tensors {
      guard let values = state[tensor.name], values.count == tensor.values.count else {
        throw .missingParameters(layer: tensor.name)
      }
      tensor.values.setValues(values)
    }
    try Self.restoreSteps(of: head.tensors, state)
    if let trunk { try replaceTrunk(trunk.rows, state) }
  }

  /// Sets velocities and averages over the steps.
  private static func restoreSteps(
    of tensors: [TrainedTensor], _ state: [String: [Float]]
  ) throws(TrainingError) {
    for tensor in tensors {
      guard let velocity = state[velocityPrefix + tensor.name],
        velocity.count == tensor.velocity.count
      else { throw .missingParameters(layer: tensor.name) }
      tensor.velocity.setValues(velocity)
      guard let average = tensor.average else { continue }
      guard let values = state[averagePrefix + tensor.name], values.count == average.count
      else { throw .missingParameters(layer: tensor.name) }
      average.setValues(values)
    }
  }

  /// The index of the largest logit of each of the first `images` images.
  public static func answers(_ logits: Matrix, images: Int) -> [Int] {
    (0..<images).map { image in
      let values = logits.values(row: image)
      return values.indices.max { values[$0] < values[$1] } ?? 0
    }
  }
}
