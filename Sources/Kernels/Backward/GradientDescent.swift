import CKernels
public import Threads

/// A step of gradient descent with momentum and weight decay, as PyTorch's `SGD` takes it:
/// `velocity = momentum * velocity + gradientScale * gradient + weightDecay * weight`, then
/// `weight -= rate * velocity`. Where averages are given, these follow with
/// `average += averageShare * (weight - average)`.
public struct DescentStep: Sendable, Hashable {
  public var rate: Float
  public var momentum: Float
  public var weightDecay: Float
  /// The factor for all gradients. It is below 1 if their norm is clipped.
  public var gradientScale: Float
  /// How far averages move towards the weights, 0 to 1.
  public var averageShare: Float = 0
  /// Whether a weight that is 0 stays 0, with a velocity and an average of 0: it is pruned.
  public var keepsZeros = false

  public init(
    rate: Float, momentum: Float = 0.9, weightDecay: Float = 0, gradientScale: Float = 1
  ) {
    self.rate = rate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
  }

  /// Takes the step for equally many weights, velocities and gradients, split over `pool`.
  ///
  /// - Parameter averages: as many averages of the weights; nil for none.
  public func run(
    weights: FloatBuffer, velocities: FloatBuffer, gradients: FloatBuffer,
    averages: FloatBuffer? = nil, pool: WorkerPool, kernels: InstructionSet = .best
  ) {
    precondition(weights.count == velocities.count && weights.count == gradients.count)
    precondition(averages == nil || averages?.count == weights.count)
    let backward = BackwardKernels(kernels)
    let part = 1 << 16
    unsafe pool.runUnchecked((weights.count + part - 1) / part) { task in
      let start = task * part
      // SAFETY: every part lies inside the buffers; tasks write disjoint parts.
      unsafe run(
        weights.base + start, velocities.base + start, UnsafePointer(gradients.base + start),
        averages.map { unsafe $0.base + start }, count: min(part, weights.count - start), backward)
    }
  }

  /// The step for some values.
  @unsafe func run(
    _ weights: UnsafeMutablePointer<Float>, _ velocities: UnsafeMutablePointer<Float>,
    _ gradients: UnsafePointer<Float>, _ averages: UnsafeMutablePointer<Float>?, count: Int,
    _ kernels: BackwardKernels
  ) {
    var step = unsafe f32_descent()
    unsafe step.weights = weights
    unsafe step.velocities = velocities
    unsafe step.gradients = gradients
    unsafe step.averages = averages
    unsafe step.count = count
    unsafe step.rate = rate
    unsafe step.momentum = momentum
    unsafe step.decay = weightDecay
    unsafe step.scale = gradientScale
    unsafe step.average_share = averageShare
    unsafe step.keeps_zeros = keepsZeros ? 1 : 0
    unsafe kernels.descend(&step)
  }
}
