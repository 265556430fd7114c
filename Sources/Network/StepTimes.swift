/// How long each step of one lane took. Used by one thread at a time.
final class StepTimes: @unchecked Sendable {
  private(set) var seconds: [Double]
  private var enabled = false
  private let clock = ContinuousClock()

  init(steps: Int) { seconds = Array(repeating: 0, count: steps) }

  func reset(enabled: Bool) {
    self.enabled = enabled
    for index in seconds.indices { seconds[index] = 0 }
  }

  func measure(_ step: Int, _ body: () -> Void) {
    guard enabled else { return body() }
    let duration = clock.measure(body)
    seconds[step] += duration / .seconds(1)
  }
}
