import Kernels
import Threads

/// Weights or biases of one layer while they are trained, with their gradient and velocity, and
/// where that is wanted with their average over the steps.
final class TrainedTensor {
  /// `conv1.weight`, for example.
  let name: String
  private(set) var values: FloatBuffer
  /// The moving average of the values; nil where it is not wanted.
  private(set) var average: FloatBuffer?
  /// The sum of the gradients since the last step; empty where the gradient is used as soon as it
  /// is computed.
  let gradient: FloatBuffer
  /// The gradient with momentum.
  let velocity: FloatBuffer
  /// Whether weight decay applies: to weights, not to biases.
  let decays: Bool
  /// What the learning rate is multiplied by for this tensor.
  var rateFactor: Float = 1
  /// Whether values that are 0 stay 0.
  var keepsZeros = false

  enum Use {
    /// Only the values are needed.
    case forwardOnly
    /// Trained, with a gradient that never reaches memory.
    case fused
    case trained
  }

  init(name: String, values: [Float], decays: Bool, use: Use) {
    self.name = name
    self.decays = decays
    self.values = FloatBuffer(values)
    gradient = FloatBuffer(count: use == .trained ? values.count : 0)
    velocity = FloatBuffer(count: use == .forwardOnly ? 0 : values.count)
  }

  /// The step for this tensor.
  func step(_ step: DescentStep) -> DescentStep {
    var step = step
    step.rate *= rateFactor
    if !decays { step.weightDecay = 0 }
    step.keepsZeros = keepsZeros
    return step
  }

  /// Takes a step with the gradient that was summed up, and clears it.
  func descend(_ step: DescentStep, pool: WorkerPool, kernels: InstructionSet) {
    self.step(step).run(
      weights: values, velocities: velocity, gradients: gradient, averages: average, pool: pool,
      kernels: kernels)
    clearGradient()
  }

  /// Begins to average, with the values as they are.
  func startAveraging() { average = FloatBuffer(values.allValues) }

  /// Puts the average in the place of the values, and the values in the place of the average.
  func exchangeAverage() {
    guard let average else { return }
    self.average = values
    values = average
  }

  /// Sets all but `count` values to 0, with their velocities and averages: those of the largest
  /// magnitudes stay.
  func prune(keeping count: Int, pool: WorkerPool) {
    MagnitudePruning.run(
      keeping: count, of: values, others: [velocity] + (average.map { [$0] } ?? []), pool: pool)
  }

  func clearGradient() { gradient.fill(with: 0) }

  /// The sum of the squares of the gradient.
  func gradientSquares(_ pool: WorkerPool) -> Double { gradient.squareSum(pool: pool) }
}

extension FloatBuffer {
  func fill(with value: Float) {
    withMutableSpan(0..<count) { span in span.update(repeating: value) }
  }

  /// Takes over as many values as the buffer has.
  func setValues(_ values: [Float]) {
    precondition(values.count == count)
    withMutableSpan(0..<count) { span in
      for index in 0..<span.count { span[index] = values[index] }
    }
  }

  /// A copy of all values.
  var allValues: [Float] { values(0..<count) }
}
