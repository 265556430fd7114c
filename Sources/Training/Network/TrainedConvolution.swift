import Architecture
import Kernels
import Network
import Threads

/// A convolution with its weights while it is trained, with batch normalisation where that is
/// wanted, and its ReLU.
final class TrainedConvolution {
  private(set) var operation: TrainingConvolution
  let weights: TrainedTensor
  let bias: TrainedTensor
  let normalization: TrainedNormalization?

  init(
    _ row: LayerSummary, _ spec: ConvolutionSpec, _ parameters: [String: [Float]], isFirst: Bool,
    isTrained: Bool, normalizes: Bool, kernels: InstructionSet
  ) throws(TrainingError) {
    guard let weights = parameters[row.layer.weightName],
      weights.count == (row.weightDimensions ?? []).reduce(1, *),
      let bias = parameters[row.layer.biasName], bias.count == spec.filters
    else { throw .missingParameters(layer: row.layer.name) }
    let use = isTrained ? TrainedTensor.Use.trained : .forwardOnly
    self.weights = TrainedTensor(
      name: row.layer.weightName, values: weights, decays: true, use: use)
    self.bias = TrainedTensor(name: row.layer.biasName, values: bias, decays: false, use: use)
    normalization =
      normalizes
      ? try TrainedNormalization(row.layer, spec.filters, parameters, kernels: kernels) : nil
    operation = TrainingConvolution(
      Convolution.Geometry(spec, inputChannels: row.input.channels), weights: self.weights.values,
      bias: self.bias.values, relu: !normalizes, needsInputGradient: isTrained && !isFirst,
      kernels: kernels)
  }

  var tensors: [TrainedTensor] { [weights, bias] + (normalization?.tensors ?? []) }

  /// Takes over weights that changed.
  func weightsHaveChanged(_ pool: WorkerPool) {
    operation.setWeights(weights.values, bias: bias.values, pool: pool)
  }

  func descend(_ step: DescentStep, pool: WorkerPool, kernels: InstructionSet) {
    for tensor in tensors { tensor.descend(step, pool: pool, kernels: kernels) }
    normalization?.moveSmoothed(share: step.averageShare)
    weightsHaveChanged(pool)
  }

  /// Begins to average weights, bias and batch normalisation over the steps.
  func startAveraging() {
    for tensor in tensors { tensor.startAveraging() }
    normalization?.startSmoothing()
  }

  /// Exchanges what is trained with its average.
  func exchangeAverages(_ pool: WorkerPool) {
    for tensor in tensors { tensor.exchangeAverage() }
    normalization?.exchangeSmoothed()
    weightsHaveChanged(pool)
  }

  /// Weights and bias with the batch normalisation folded in: a plain convolution that gives what
  /// this one gives with the averaged statistics.
  var foldedParameters: [String: [Float]] {
    var weights = weights.values.allValues
    var bias = bias.values.allValues
    if let normalization {
      let (factors, shifts) = normalization.affine
      let length = weights.count / max(1, bias.count)
      for filter in bias.indices {
        for index in filter * length..<(filter + 1) * length {
          weights[index] = Float(Double(weights[index]) * factors[filter])
        }
        bias[filter] = Float(Double(bias[filter]) * factors[filter] + shifts[filter])
      }
    }
    return [self.weights.name: weights, self.bias.name: bias]
  }
}

/// Batch normalisation of one layer with its scale, shift and averaged statistics.
final class TrainedNormalization {
  let operation: BatchNormalization
  let scale: TrainedTensor
  let shift: TrainedTensor
  /// Averages over batches, for evaluation and for folding.
  private(set) var averages: BatchNormalization.Statistics
  /// The moving average of ``averages`` that goes with the averaged weights; nil where weights are
  /// not averaged.
  ///
  /// It has the decay of the weights' average, so that both are means over the same steps. To first
  /// order in the differences between those steps' weights, its means are those that the averaged
  /// weights would give; its variances are slightly larger.
  private(set) var smoothed: BatchNormalization.Statistics?
  let meanName: String
  let varianceName: String

  /// The share of a batch's statistics in the averages, as PyTorch's default.
  private static let share: Float = 0.1

  /// - Parameter parameters: may hold scale, shift and averages; otherwise they are 1, 0, 0 and 1.
  init(
    _ layer: LayerSpec, _ channels: Int, _ parameters: [String: [Float]], kernels: InstructionSet
  ) throws(TrainingError) {
    operation = BatchNormalization(channels: channels, relu: true, kernels: kernels)
    meanName = layer.name + ".norm.mean"
    varianceName = layer.name + ".norm.variance"
    func values(_ name: String, _ initial: Float) throws(TrainingError) -> [Float] {
      guard let values = parameters[name] else {
        return Array(repeating: initial, count: channels)
      }
      guard values.count == channels else { throw .missingParameters(layer: layer.name) }
      return values
    }
    let (scaleName, shiftName) = (layer.name + ".norm.scale", layer.name + ".norm.shift")
    scale = TrainedTensor(
      name: scaleName, values: try values(scaleName, 1), decays: false, use: .trained)
    shift = TrainedTensor(
      name: shiftName, values: try values(shiftName, 0), decays: false, use: .trained)
    averages = BatchNormalization.Statistics(
      mean: try values(meanName, 0), variance: try values(varianceName, 1))
  }

  var tensors: [TrainedTensor] { [scale, shift] }

  /// Moves the averages towards a batch's statistics.
  ///
  /// - Parameter count: the values that the statistics are of; their variance is divided by one
  ///   less, so that it does not depend on the batch on average.
  func average(_ batch: BatchNormalization.Statistics, count: Int) {
    let unbiased = count > 1 ? Float(count) / Float(count - 1) : 1
    for channel in batch.mean.indices {
      averages.mean[channel] += Self.share * (batch.mean[channel] - averages.mean[channel])
      averages.variance[channel] +=
        Self.share * (batch.variance[channel] * unbiased - averages.variance[channel])
    }
  }

  func startSmoothing() { smoothed = averages }

  /// - Parameter share: how far ``smoothed`` moves towards ``averages``, 0 to 1.
  func moveSmoothed(share: Float) {
    guard var smoothed else { return }
    for channel in averages.mean.indices {
      smoothed.mean[channel] += share * (averages.mean[channel] - smoothed.mean[channel])
      smoothed.variance[channel] +=
        share * (averages.variance[channel] - smoothed.variance[channel])
    }
    self.smoothed = smoothed
  }

  func exchangeSmoothed() {
    guard let smoothed else { return }
    self.smoothed = averages
    averages = smoothed
  }

  func restoreSmoothed(_ statistics: BatchNormalization.Statistics) { smoothed = statistics }

  /// Takes these statistics as averages, with the scale and the shift that undo them.
  func preserve(_ found: BatchNormalization.Statistics) {
    averages = found
    shift.values.setValues(found.mean)
    scale.values.setValues(found.variance.map { ($0 + operation.epsilon).squareRoot() })
  }

  /// The normalisation with the averages as one factor and one summand a channel.
  var affine: (factors: [Double], shifts: [Double]) {
    let (scales, shifts) = (scale.values.allValues, shift.values.allValues)
    let factors = scales.indices.map { channel in
      Double(scales[channel])
        / (Double(averages.variance[channel]) + Double(operation.epsilon)).squareRoot()
    }
    return (
      factors,
      factors.indices.map { Double(shifts[$0]) - factors[$0] * Double(averages.mean[$0]) }
    )
  }
}
