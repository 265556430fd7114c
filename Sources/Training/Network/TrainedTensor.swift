import Kernels
import Threads

/// Weights or biases of one layer while they are trained, with their gradient and velocity.
final class TrainedTensor {
  /// `conv1.weight`, for example.
  let name: String
  let values: FloatBuffer
  /// The sum of the gradients since the last step.
  let gradient: FloatBuffer
  /// The gradient with momentum.
  let velocity: FloatBuffer
  /// Whether weight decay applies: to weights, not to biases.
  let decays: Bool

  /// - Parameter hasGradient: false where the gradient is used as soon as it is computed.
  init(name: String, values: [Float], decays: Bool, hasGradient: Bool = true) {
    self.name = name
    self.decays = decays
    self.values = FloatBuffer(values)
    gradient = FloatBuffer(count: hasGradient ? values.count : 0)
    velocity = FloatBuffer(count: values.count)
  }

  /// The step for this tensor.
  func step(_ step: DescentStep) -> DescentStep {
    var step = step
    if !decays { step.weightDecay = 0 }
    return step
  }

  /// Takes a step with the gradient that was summed up, and clears it.
  func descend(_ step: DescentStep, pool: WorkerPool, kernels: InstructionSet) {
    self.step(step).run(
      weights: values, velocities: velocity, gradients: gradient, pool: pool, kernels: kernels)
    gradient.withMutableSpan(0..<gradient.count) { span in
      for index in 0..<span.count { span[index] = 0 }
    }
  }
}
