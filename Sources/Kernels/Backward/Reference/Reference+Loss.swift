#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Reference {
  /// The targets of one image of class `label`: all of the probability on the label, less
  /// `smoothing`, which is shared out among all the classes, the label included.
  ///
  /// Source: Szegedy et al. 2016, section 7, and PyTorch's `CrossEntropyLoss(label_smoothing:)`.
  @inlinable public static func targets<Scalar: BinaryFloatingPoint>(
    label: Int, classes: Int, smoothing: Scalar
  ) -> [Scalar] {
    (0..<classes).map { ($0 == label ? 1 - smoothing : 0) + smoothing / Scalar(classes) }
  }

  /// The cross-entropy of one image, `-sum of targets[i] * log(softmax(logits / temperature)[i])`,
  /// and its gradient with respect to the logits.
  @inlinable public static func softmaxCrossEntropy<Scalar: BinaryFloatingPoint>(
    _ logits: [Scalar], targets: [Scalar], temperature: Scalar = 1
  ) -> (loss: Scalar, gradient: [Scalar]) {
    let values = logits.map { Double($0) / Double(temperature) }
    let largest = values.max() ?? 0
    let logOfSum = largest + log(values.reduce(0) { $0 + exp($1 - largest) })
    let total = targets.reduce(0) { $0 + Double($1) }
    var loss = 0.0
    var gradient: [Scalar] = []
    for (value, target) in zip(values, targets) {
      loss += Double(target) * (logOfSum - value)
      let probability = exp(value - logOfSum)
      gradient.append(Scalar((total * probability - Double(target)) / Double(temperature)))
    }
    return (Scalar(loss), gradient)
  }
}
