public import Kernels

/// What the images of a batch should have been: classes, probabilities, or a mixture of both.
public struct BatchTargets {
  /// The class of each image. Those whose weight is 0 may have any.
  public var labels: [Int]
  /// By image, what the loss against its label is multiplied by.
  public var labelWeights: [Float]
  /// Probabilities that a teacher gives, one row an image; nil where there is no teacher.
  public var probabilities: Matrix?
  /// By image, what the loss against the teacher's probabilities is multiplied by.
  public var probabilityWeights: [Float] = []
  public var labelSmoothing: Float = 0
  /// What logits are divided by before they are compared with probabilities.
  public var temperature: Float = 1

  /// Every image counts the same.
  public init(labels: [Int]) {
    self.labels = labels
    labelWeights = Array(repeating: 1, count: labels.count)
  }
}
