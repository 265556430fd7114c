/// How many of a number of images were right.
public struct Proportion: Sendable, Equatable {
  public var successes = 0
  public var trials = 0

  public init(successes: Int = 0, trials: Int = 0) {
    self.successes = successes
    self.trials = trials
  }

  /// How often two models gave the same answer to the same images, in the same order; images that
  /// either of them had none for do not count.
  public init(agreementOf first: [Int?], _ second: [Int?]) {
    self.init()
    for case (let one?, let other?) in zip(first, second) { count(one == other) }
  }

  /// 0 to 1; nil where there were no trials.
  public var value: Double? {
    trials > 0 ? Double(successes) / Double(trials) : nil
  }

  /// The interval that holds the true share in 95 of 100 samples such as this one, 0 to 1; nil
  /// where there were no trials.
  ///
  /// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927: it
  /// holds for few images, too, and for shares near 0 and 1.
  public var interval: ClosedRange<Double>? {
    guard let share = value else { return nil }
    // The normal distribution's quantile at 97.5 %.
    let z = 1.959963984540054
    let count = Double(trials)
    let middle = share + z * z / (2 * count)
    let spread =
      z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    let scale = 1 + z * z / count
    // Rounding may pass 0 and 1 by a hair.
    let low = min(max((middle - spread) / scale, 0), share)
    let high = max(min((middle + spread) / scale, 1), share)
    return low...high
  }

  mutating func count(_ isSuccess: Bool) {
    trials += 1
    if isSuccess { successes += 1 }
  }
}
