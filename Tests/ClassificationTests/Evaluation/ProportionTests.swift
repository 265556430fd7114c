import Classification
import Testing

@Suite struct ProportionTests {
  /// R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
  /// methods", 1998, table I, method 3, which gives four digits.
  @Test(
    "Wilson's interval is the published one",
    arguments: [
      (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
      (1, 29, 0.0061, 0.1718),
    ])
  func interval(successes: Int, trials: Int, low: Double, high: Double) throws {
    let interval = try #require(Proportion(successes: successes, trials: trials).interval)
    #expect(abs(interval.lowerBound - low) < 0.00005)
    #expect(abs(interval.upperBound - high) < 0.00005)
  }

  @Test("the interval stays within 0 and 1, and holds the share itself", arguments: [1, 3, 50_000])
  func bounds(trials: Int) throws {
    for successes in [0, trials] {
      let share = Proportion(successes: successes, trials: trials)
      let interval = try #require(share.interval)
      #expect((0...1).contains(interval.lowerBound) && (0...1).contains(interval.upperBound))
      #expect(share.value.map(interval.contains) == true)
    }
  }

  @Test("nothing is said of no trials")
  func none() {
    #expect(Proportion().value == nil && Proportion().interval == nil)
  }

  @Test("agreement counts the images that both models had an answer for")
  func agreement() {
    let share = Proportion(agreementOf: [1, 2, nil, 4, 5], [1, 3, 3, nil, 5])
    #expect(share == Proportion(successes: 2, trials: 3))
  }
}
