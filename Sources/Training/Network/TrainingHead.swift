public import Architecture
public import Kernels
public import Threads

/// The fully connected layers of a network while they are trained, from any of them on.
///
/// Each step runs a batch forward, computes the gradients, and updates the weights. Dropout is
/// applied to the inputs of the layers whose ``LayerSpec`` says so.
public final class TrainingHead {
  /// The most images of one step.
  public let batch: Int
  /// The number of values that each image brings.
  public let inputCount: Int

  private struct Layer {
    let operation: TrainingFullyConnected
    let weights: TrainedTensor
    let bias: TrainedTensor
    let output: Matrix
    /// The loss's derivatives by ``output``; nil where nothing is trained.
    let outputGradient: Matrix?
    /// Nil where nothing is dropped from the layer's input.
    let dropout: Dropout?
    let mask: Dropout.Mask?
  }

  private let layers: [Layer]
  /// What the images bring, one image a row.
  public let input: Matrix
  /// The loss's derivatives by ``input`` after a step; nil where they were not asked for.
  public let inputGradient: Matrix?
  private let precision: TrainingPrecision
  private let scratch: FloatBuffer
  private let pool: WorkerPool
  private let kernels: InstructionSet
  private let times: LayerTimes
  /// The number of the first layer in `times`.
  private let firstTime: Int

  /// - Parameters:
  ///   - rows: the fully connected layers, in order, with their shapes.
  ///   - parameters: by name, the weights `[out, in]` and biases of these layers, row by row.
  ///   - needsInputGradient: whether layers below are trained too.
  ///   - isTrained: false where the layers only run forward.
  ///   - dropout: the share of the inputs to drop, instead of the layers' own.
  ///   - precision: what the steps multiply in.
  ///   - times: what measures the layers, and the number of the first one there.
  public init(
    _ rows: [LayerSummary], parameters: [String: [Float]], batch: Int, pool: WorkerPool,
    needsInputGradient: Bool = false, isTrained: Bool = true, dropout rate: Double? = nil,
    precision: TrainingPrecision = .float32, kernels: InstructionSet = .best,
    times: (times: LayerTimes, first: Int)? = nil
  ) throws(TrainingError) {
    self.batch = batch
    self.precision = precision
    self.pool = pool
    self.times = times?.times ?? LayerTimes(layers: rows.count)
    firstTime = times?.first ?? 0
    self.kernels = kernels
    var layers: [Layer] = []
    for row in rows {
      guard case .fullyConnected(let outputs, let relu, let ownDropout) = row.layer.operation
      else { throw .notTrainable(layer: row.layer.name) }
      let inputs = row.input.count
      guard let weights = parameters[row.layer.weightName], weights.count == inputs * outputs,
        let bias = parameters[row.layer.biasName], bias.count == outputs
      else { throw .missingParameters(layer: row.layer.name) }
      let dropout = isTrained && ownDropout > 0 ? rate ?? ownDropout : 0
      layers.append(
        Layer(
          operation: TrainingFullyConnected(
            inputs: inputs, outputs: outputs, relu: relu, kernels: kernels),
          weights: TrainedTensor(
            name: row.layer.weightName, values: weights, decays: true,
            use: isTrained ? .fused : .forwardOnly),
          bias: TrainedTensor(
            name: row.layer.biasName, values: bias, decays: false,
            use: isTrained ? .trained : .forwardOnly),
          output: Matrix(rows: batch, columns: outputs),
          outputGradient: isTrained ? Matrix(rows: batch, columns: outputs) : nil,
          dropout: dropout > 0 ? Dropout(rate: Float(dropout)) : nil,
          mask: dropout > 0 ? Dropout.Mask(count: batch * inputs) : nil))
    }
    guard let first = layers.first else { throw .notTrainable(layer: "") }
    self.layers = layers
    inputCount = first.operation.inputs
    input = Matrix(rows: batch, columns: inputCount)
    inputGradient = needsInputGradient ? Matrix(rows: batch, columns: inputCount) : nil
    scratch = FloatBuffer(
      count: layers.map { $0.operation.scratchCount(upTo: batch) }.max() ?? 0)
  }

  var tensors: [TrainedTensor] { layers.flatMap { [$0.weights, $0.bias] } }

  /// The weights and the bias of the last layer.
  var lastTensors: [TrainedTensor] { layers.last.map { [$0.weights, $0.bias] } ?? [] }

  /// Runs the first `images` images forward.
  ///
  /// - Parameter seed: draws what is dropped in a step; nil runs the layers as they are used:
  ///   nothing is dropped, and nothing is rounded to bfloat16.
  /// - Returns: the outputs of the last layer.
  @discardableResult
  public func forward(images: Int, dropoutSeed seed: UInt64?) -> Matrix {
    var current = input
    for (index, layer) in layers.enumerated() {
      times.measure(layer: firstTime + index, .forward) {
        if let seed, let dropout = layer.dropout, let mask = layer.mask {
          dropout.draw(
            mask, seed: RandomStream.mix(seed &+ UInt64(index)), pool: pool)
          dropout.run(current, mask: mask, images: images, pool: pool)
        }
        layer.operation.forward(
          weights: layer.weights.values, bias: layer.bias.values, current, layer.output,
          images: images, precision: seed == nil ? .float32 : precision, scratch: scratch,
          pool: pool)
      }
      current = layer.output
    }
    return current
  }

  /// The losses of the first `images` images after ``forward(images:dropoutSeed:)``, each weighted,
  /// and their gradients by the logits.
  ///
  /// - Parameter weight: what losses are multiplied by: `1 / images` for a mean.
  public func losses(_ targets: BatchTargets, images: Int, weight: Float) -> [Double] {
    guard let last = layers.last, let gradient = last.outputGradient else { return [] }
    let hard = SoftmaxCrossEntropy(labelSmoothing: targets.labelSmoothing, weight: weight)
    var losses = hard.run(
      logits: last.output, targets: .labels(targets.labels), gradient: gradient, images: images,
      imageWeights: targets.labelWeights, pool: pool)
    if let probabilities = targets.probabilities {
      let soft = SoftmaxCrossEntropy(temperature: targets.temperature, weight: weight)
      let softLosses = soft.run(
        logits: last.output, targets: .probabilities(probabilities), gradient: gradient,
        images: images, accumulates: true, imageWeights: targets.probabilityWeights, pool: pool)
      for index in losses.indices { losses[index] += softLosses[index] }
    }
    return losses
  }

  /// Computes the gradients of everything but the weights, whose gradients
  /// ``descend(_:images:)`` computes while it uses them.
  ///
  /// - Parameter hasDropped: whether the forward pass had a dropout seed.
  public func backward(images: Int, hasDropped: Bool) {
    for index in layers.indices.reversed() {
      times.measure(layer: firstTime + index, .backward) {
        backward(layer: index, images: images, hasDropped: hasDropped)
      }
    }
  }

  private func backward(layer index: Int, images: Int, hasDropped: Bool) {
    let layer = layers[index]
    guard let outputGradient = layer.outputGradient else { return }
    layer.operation.addBiasGradient(
      output: layer.output, outputGradient: outputGradient, to: layer.bias.gradient,
      images: images, pool: pool)
    guard let inputGradient = index == 0 ? inputGradient : layers[index - 1].outputGradient
    else { return }
    layer.operation.inputGradient(
      weights: layer.weights.values, outputGradient: outputGradient,
      inputGradient: inputGradient, images: images, precision: precision, pool: pool)
    if hasDropped, let dropout = layer.dropout, let mask = layer.mask {
      dropout.run(inputGradient, mask: mask, images: images, pool: pool)
    }
  }

  private func input(of index: Int) -> Matrix {
    index == 0 ? input : layers[index - 1].output
  }

  /// The sum of the squares of all gradients, those of pruned weights included.
  func gradientSquares(images: Int) -> Double {
    layers.enumerated().reduce(0) { sum, element in
      let (index, layer) = element
      guard let gradient = layer.outputGradient else { return sum }
      return sum + layer.bias.gradientSquares(pool)
        + layer.operation.weightGradientSquares(
          input(of: index), outputGradient: gradient, images: images, scratch: scratch,
          pool: pool)
    }
  }

  /// Takes a step of gradient descent, and clears the gradients.
  public func descend(_ step: DescentStep, images: Int) {
    for (index, layer) in layers.enumerated() {
      guard let gradient = layer.outputGradient else { continue }
      times.measure(layer: firstTime + index, .update) {
        layer.operation.descend(
          layer.weights.step(step), weights: layer.weights.values,
          velocities: layer.weights.velocity, averages: layer.weights.average, input(of: index),
          outputGradient: gradient, images: images, precision: precision, pool: pool)
        layer.bias.descend(step, pool: pool, kernels: kernels)
      }
    }
  }

  /// Forgets the gradients.
  func clearGradients() { for tensor in tensors { tensor.clearGradient() } }

  /// The weights and biases, by name.
  public var parameters: [String: [Float]] {
    tensors.reduce(into: [:]) { $0[$1.name] = $1.values.allValues }
  }
}
