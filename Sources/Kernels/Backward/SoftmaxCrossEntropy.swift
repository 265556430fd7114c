public import Threads

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The loss of a classifier, `-sum of target * log(softmax(logits / temperature))`, and its
/// gradient.
///
/// Computed in double precision. A logit that is NaN makes its image's loss and gradient NaN.
public struct SoftmaxCrossEntropy: Sendable, Hashable {
  /// How much of a hard target is shared out among all the classes (Szegedy et al. 2016).
  public var labelSmoothing: Float
  /// What logits are divided by first.
  public var temperature: Float
  /// What losses and gradients are multiplied with: `1 / images` for a mean.
  public var weight: Float

  public init(labelSmoothing: Float = 0, temperature: Float = 1, weight: Float = 1) {
    precondition(temperature > 0)
    self.labelSmoothing = labelSmoothing
    self.temperature = temperature
    self.weight = weight
  }

  /// What an image should have been.
  public enum Targets {
    /// A class each, below the number of logits.
    case labels([Int])
    /// Probabilities, one row an image, which need not add up to 1.
    case probabilities(Matrix)
  }

  /// The weighted losses of the first `images` rows of `logits`.
  ///
  /// - Parameters:
  ///   - gradient: the weighted gradients with respect to the logits are written here, or added if
  ///     `accumulates` is true. It must not be `logits`.
  ///   - imageWeights: an additional factor for each image; nil if all are 1.
  public func run(
    logits: Matrix, targets: Targets, gradient: Matrix, images: Int, accumulates: Bool = false,
    imageWeights: [Float]? = nil, pool: WorkerPool
  ) -> [Double] {
    precondition(images <= logits.rows && images <= gradient.rows)
    precondition(logits.columns == gradient.columns)
    precondition(imageWeights.map { $0.count >= images } ?? true)
    switch targets {
    case .labels(let labels):
      precondition(labels.count >= images)
      precondition(labels.allSatisfy { $0 >= 0 && $0 < logits.columns })
    case .probabilities(let matrix):
      precondition(matrix.rows >= images && matrix.columns == logits.columns)
    }
    let losses = Buffer<Double>(count: images)
    // SAFETY: every task writes the loss and the gradient of an image of its own.
    unsafe pool.runUnchecked(images) { image in
      let factor = Double(weight) * Double(imageWeights?[image] ?? 1)
      unsafe losses.base[image] = run(logits, targets, gradient, image, factor, accumulates)
    }
    return losses.values(0..<images)
  }

  private func run(
    _ logits: Matrix, _ targets: Targets, _ gradient: Matrix, _ image: Int, _ factor: Double,
    _ accumulates: Bool
  ) -> Double {
    let classes = logits.columns
    let target: (Int) -> Double
    switch targets {
    case .labels(let labels):
      let label = labels[image]
      let smoothing = Double(labelSmoothing)
      target = { ($0 == label ? 1 - smoothing : 0) + smoothing / Double(classes) }
    case .probabilities(let matrix):
      // SAFETY: `run` checked the extents.
      target = { unsafe Double(matrix.row(image)[$0]) }
    }
    // SAFETY: `run` checked the extents; every image has rows of its own.
    let values = unsafe logits.row(image)
    let gradients = unsafe gradient.row(image)
    let scale = 1 / Double(temperature)
    var largest = -Double.infinity
    for index in 0..<classes { largest = unsafe max(largest, Double(values[index]) * scale) }
    var sum = 0.0
    for index in 0..<classes { sum += unsafe exp(Double(values[index]) * scale - largest) }
    let logOfSum = largest + log(sum)
    var total = 0.0
    for index in 0..<classes { total += target(index) }
    var loss = 0.0
    for index in 0..<classes {
      let value = unsafe Double(values[index]) * scale
      let wanted = target(index)
      loss += wanted * (logOfSum - value)
      let derivative = Float(factor * scale * (total * exp(value - logOfSum) - wanted))
      unsafe gradients[index] = accumulates ? gradients[index] + derivative : derivative
    }
    return factor * loss
  }
}
