import CKernels
public import Threads

/// A step of gradient descent with momentum and weight decay, as PyTorch's `SGD` takes it:
/// `velocity = momentum * velocity + gradientScale * gradient + weightDecay * weight`, then
/// `weight -= rate * velocity`.
public struct DescentStep: Sendable, Hashable {
  public var rate: Float
  public var momentum: Float
  public var weightDecay: Float
  /// The factor for all gradients. It is below 1 if their norm is clipped.
  public var gradientScale: Float

  public init(
    rate: Float, momentum: Float = 0.9, weightDecay: Float = 0, gradientScale: Float = 1
  ) {
    self.rate = rate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
  }

  /// Takes the step for equally many weights, velocities and gradients, split over `pool`.
  public func run(
    weights: FloatBuffer, velocities: FloatBuffer, gradients: FloatBuffer, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) {
    precondition(weights.count == velocities.count && weights.count == gradients.count)
    let backward = BackwardKernels(kernels)
    let part = 1 << 16
    unsafe pool.runUnchecked((weights.count + part - 1) / part) { task in
      let start = task * part
      // SAFETY: every part lies inside the three buffers; tasks write disjoint parts.
      unsafe run(
        weights.base + start, velocities.base + start, UnsafePointer(gradients.base + start),
        count: min(part, weights.count - start), backward)
    }
  }

  /// The step for some values.
  @unsafe func run(
    _ weights: UnsafeMutablePointer<Float>, _ velocities: UnsafeMutablePointer<Float>,
    _ gradients: UnsafePointer<Float>, count: Int, _ kernels: BackwardKernels
  ) {
    var step = unsafe f32_descent()
    unsafe step.weights = weights
    unsafe step.velocities = velocities
    unsafe step.gradients = gradients
    unsafe step.count = count
    unsafe step.rate = rate
    unsafe step.momentum = momentum
    unsafe step.decay = weightDecay
    unsafe step.scale = gradientScale
    unsafe kernels.descend(&step)
  }
}
