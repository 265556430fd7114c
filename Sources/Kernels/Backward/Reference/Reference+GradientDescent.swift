extension Reference {
  /// One step of gradient descent with momentum and weight decay, as PyTorch's `SGD` takes it:
  /// `velocity = momentum * velocity + gradient + weightDecay * weight`, then
  /// `weight -= rate * velocity`.
  @inlinable public static func descend<Scalar: BinaryFloatingPoint>(
    _ weights: inout [Scalar], velocities: inout [Scalar], gradients: [Scalar], rate: Scalar,
    momentum: Scalar, weightDecay: Scalar
  ) {
    for index in weights.indices {
      velocities[index] =
        momentum * velocities[index] + gradients[index] + weightDecay * weights[index]
      weights[index] -= rate * velocities[index]
    }
  }
}
