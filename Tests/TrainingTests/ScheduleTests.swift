import Testing
import Training

@Suite struct ScheduleTests {
  @Test("the rate rises linearly, then falls along half a cosine wave")
  func cosine() {
    let schedule = Schedule(rate: 0.4, shape: .cosine(floor: 0.1), warmUp: 0.2)
    let expected: [(Double, Double)] = [
      (0, 0), (0.1, 0.2), (0.2, 0.4), (0.6, 0.22), (1, 0.04), (1.5, 0.04),
    ]
    for (progress, rate) in expected {
      #expect(abs(schedule.rate(at: progress) - rate) < 1e-12, "at \(progress)")
    }
  }

  @Test("steps multiply the rate at their places")
  func step() {
    let schedule = Schedule(rate: 1, shape: .step(factor: 0.1, at: [0.3, 0.6]))
    #expect(
      [0, 0.29, 0.3, 0.59, 0.9].map { schedule.rate(at: $0) }.map { ($0 * 1e6).rounded() }
        == [1e6, 1e6, 1e5, 1e5, 1e4])
  }

  @Test("a plateau is counted when the accuracy has not risen for so many epochs")
  func plateau() {
    var counter = PlateauCounter(patience: 2)
    let reductions = [0.1, 0.2, 0.2, 0.1, 0.3, 0.3, 0.2].map { accuracy in
      counter.record(accuracy)
      return counter.reductions
    }
    #expect(reductions == [0, 0, 0, 1, 1, 1, 2])
    let schedule = Schedule(rate: 1, shape: .plateau(factor: 0.5, patience: 2))
    #expect(schedule.rate(at: 0.5, reductions: 2) == 0.25)
  }

  @Test("streams of random numbers differ by seed, purpose and counters, and are even")
  func randomStreams() {
    func first(_ seed: UInt64, _ purpose: RandomStream.Purpose, _ counter: UInt64) -> UInt64 {
      var stream = RandomStream(seed: seed, purpose, counter)
      return stream.next()
    }
    var seen: Set<UInt64> = []
    for seed in 0..<20 as Range<UInt64> {
      for counter in 0..<20 as Range<UInt64> {
        seen.insert(first(seed, .order, counter))
        seen.insert(first(seed, .augmentation, counter))
      }
    }
    #expect(seen.count == 800)
    #expect(first(1, .order, 2) == first(1, .order, 2))
    var stream = RandomStream(seed: 1, .noise)
    let values = (0..<100_000).map { _ in stream.normal() }
    let mean = values.reduce(0, +) / 1e5
    let variance = values.map { $0 * $0 }.reduce(0, +) / 1e5
    #expect(abs(mean) < 0.01 && abs(variance - 1) < 0.02)
  }
}
