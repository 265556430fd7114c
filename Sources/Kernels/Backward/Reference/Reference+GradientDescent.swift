extension Reference {
  /// One step of gradient descent with momentum and weight decay, as PyTorch's `SGD` takes it:
  /// `velocity = momentum * velocity + gradient + weightDecay * weight`, then
  /// `weight -= rate * velocity`.
  ///
  /// - Parameter keepsZeros: whether a weight that is 0 stays 0, with a velocity of 0.
  @inlinable public static func descend<Scalar: BinaryFloatingPoint>(
    _ weights: inout [Scalar], velocities: inout [Scalar], gradients: [Scalar], rate: Scalar,
    momentum: Scalar, weightDecay: Scalar, keepsZeros: Bool = false
  ) {
    for index in weights.indices {
      if keepsZeros, weights[index] == 0 {
        velocities[index] = 0
        continue
      }
      velocities[index] =
        momentum * velocities[index] + gradients[index] + weightDecay * weights[index]
      weights[index] -= rate * velocities[index]
    }
  }
}
