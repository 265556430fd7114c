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
    /// The loss's derivatives by ``output``.
    let outputGradient: Matrix
    /// Nil where nothing is dropped from the layer's input.
    let dropout: Dropout?
    let mask: Dropout.Mask?
  }

  private let layers: [Layer]
  /// What the images bring, one image a row.
  public let input: Matrix
  /// The loss's derivatives by ``input`` after a step; nil where they were not asked for.
  public let inputGradient: Matrix?
  private let scratch: FloatBuffer
  private let pool: WorkerPool
  private let kernels: InstructionSet

  /// - Parameters:
  ///   - rows: the fully connected layers, in order, with their shapes.
  ///   - parameters: by name, the weights `[out, in]` and biases of these layers, row by row.
  ///   - needsInputGradient: whether layers below are trained too.
  public init(
    _ rows: [LayerSummary], parameters: [String: [Float]], batch: Int, pool: WorkerPool,
    needsInputGradient: Bool = false, kernels: InstructionSet = .best
  ) throws(TrainingError) {
    self.batch = batch
    self.pool = pool
    self.kernels = kernels
    var layers: [Layer] = []
    for row in rows {
      guard case .fullyConnected(let outputs, let relu, let dropout) = row.layer.operation else {
        throw .notTrainable(layer: row.layer.name)
      }
      let inputs = row.input.count
      guard let weights = parameters[row.layer.weightName], weights.count == inputs * outputs,
        let bias = parameters[row.layer.biasName], bias.count == outputs
      else { throw .missingParameters(layer: row.layer.name) }
      layers.append(
        Layer(
          operation: TrainingFullyConnected(
            inputs: inputs, outputs: outputs, relu: relu, kernels: kernels),
          weights: TrainedTensor(
            name: row.layer.weightName, values: weights, decays: true, hasGradient: false),
          bias: TrainedTensor(name: row.layer.biasName, values: bias, decays: false),
          output: Matrix(rows: batch, columns: outputs),
          outputGradient: Matrix(rows: batch, columns: outputs),
          dropout: dropout > 0 ? Dropout(rate: Float(dropout)) : nil,
          mask: dropout > 0 ? Dropout.Mask(count: batch * inputs) : nil))
    }
    guard let first = layers.first else { throw .notTrainable(layer: "") }
    self.layers = layers
    inputCount = first.operation.inputs
    input = Matrix(rows: batch, columns: inputCount)
    inputGradient = needsInputGradient ? Matrix(rows: batch, columns: inputCount) : nil
    scratch = FloatBuffer(
      count: layers.map { $0.operation.scratchCount(images: batch) }.max() ?? 0)
  }

  /// Writes what an image brings.
  public func setInput(_ values: [Float], image: Int) { input.setValues(values, row: image) }

  /// Runs the first `images` images forward.
  ///
  /// - Parameter seed: draws what is dropped; nil drops nothing, as in use.
  /// - Returns: the outputs of the last layer.
  @discardableResult
  public func forward(images: Int, dropoutSeed seed: UInt64?) -> Matrix {
    var current = input
    for (index, layer) in layers.enumerated() {
      if let seed, let dropout = layer.dropout, let mask = layer.mask {
        dropout.draw(
          mask, seed: RandomStream.mix(seed &+ UInt64(index)), pool: pool)
        dropout.run(current, mask: mask, images: images, pool: pool)
      }
      layer.operation.forward(
        weights: layer.weights.values, bias: layer.bias.values, current, layer.output,
        images: images, scratch: scratch, pool: pool)
      current = layer.output
    }
    return current
  }

  /// One step of gradient descent for the first `images` images.
  ///
  /// - Returns: the mean loss, and how many images had their label as the likeliest class.
  public func step(
    labels: [Int], images: Int, loss: SoftmaxCrossEntropy, descent: DescentStep,
    dropoutSeed: UInt64?
  ) -> (loss: Double, correct: Int) {
    let logits = forward(images: images, dropoutSeed: dropoutSeed)
    guard let last = layers.last else { return (0, 0) }
    var loss = loss
    loss.weight = 1 / Float(images)
    let losses = loss.run(
      logits: logits, targets: .labels(labels), gradient: last.outputGradient, images: images,
      pool: pool)
    var correct = 0
    for image in 0..<images where Self.largest(logits.values(row: image)) == labels[image] {
      correct += 1
    }
    backward(images: images, descent: descent, hasDropped: dropoutSeed != nil)
    return (losses.reduce(0, +), correct)
  }

  private func backward(images: Int, descent: DescentStep, hasDropped: Bool) {
    for (index, layer) in layers.enumerated().reversed() {
      let input = index == 0 ? self.input : layers[index - 1].output
      layer.operation.addBiasGradient(
        output: layer.output, outputGradient: layer.outputGradient, to: layer.bias.gradient,
        images: images, pool: pool)
      if let inputGradient = index == 0 ? inputGradient : layers[index - 1].outputGradient {
        layer.operation.inputGradient(
          weights: layer.weights.values, outputGradient: layer.outputGradient,
          inputGradient: inputGradient, images: images, scratch: scratch, pool: pool)
        if hasDropped, let dropout = layer.dropout, let mask = layer.mask {
          dropout.run(inputGradient, mask: mask, images: images, pool: pool)
        }
      }
      layer.operation.descend(
        layer.weights.step(descent), weights: layer.weights.values,
        velocities: layer.weights.velocity, input, outputGradient: layer.outputGradient,
        images: images, pool: pool)
      layer.bias.descend(descent, pool: pool, kernels: kernels)
    }
  }

  /// The weights and biases, by name.
  public var parameters: [String: [Float]] {
    var result: [String: [Float]] = [:]
    for tensor in layers.flatMap({ [$0.weights, $0.bias] }) {
      result[tensor.name] = tensor.values.values(0..<tensor.values.count)
    }
    return result
  }

  /// The index of the largest value; 0 where there is none.
  static func largest(_ values: [Float]) -> Int {
    values.indices.max { values[$0] < values[$1] } ?? 0
  }
}
