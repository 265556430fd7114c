/// A proportion: how many of a number of trials were successful, such as images classified rightly.
public struct Proportion: Sendable, Equatable {
  public var successes = 0
  public var trials = 0

  public init(successes: Int = 0, trials: Int = 0) {
    self.successes = successes
    self.trials = trials
  }

  /// How often two models gave the same answer for the same images, in the same order. Images for
  /// which one of them has no answer do not count.
  public init(agreementOf first: [Int?], _ second: [Int?]) {
    self.init()
    for case (let one?, let other?) in zip(first, second) { count(one == other) }
  }

  /// The proportion, 0 to 1; nil if there were no trials.
  public var value: Double? {
    trials > 0 ? Double(successes) / Double(trials) : nil
  }

  /// The 95 % confidence interval of the proportion, within 0 to 1; nil if there were no trials.
  ///
  /// It is the score interval of E. B. Wilson, "Probable Inference, the Law of Succession, and
  /// Statistical Inference", 1927, which is also good for few trials and for proportions near 0 and
  /// 1.
  public var interval: ClosedRange<Double>? {
    guard let share = value else { return nil }
    // The quantile of the normal distribution at 97.5 %.
    let z = 1.959963984540054
    let count = Double(trials)
    let middle = share + z * z / (2 * count)
    let spread =
      z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    let scale = 1 + z * z / count
    // Rounding errors could give values slightly outside 0 to 1.
    let low = min(max((middle - spread) / scale, 0), share)
    let high = max(min((middle + spread) / scale, 1), share)
    return low...high
  }

  mutating func count(_ isSuccess: Bool) {
    trials += 1
    if isSuccess { successes += 1 }
  }
}
