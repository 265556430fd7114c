import Testing
import Threads

@Suite struct MonitorTests {
  @Test("threads hand values over through a monitor, none lost")
  func handOver() throws {
    let monitor = Monitor((next: 0, sum: 0))
    let threads = try (0..<4).map { turn in
      try WorkerThread {
        for round in 0..<100 {
          monitor.wait { $0.next == round * 4 + turn ? true : nil }
          monitor.update {
            $0.sum += $0.next
            $0.next += 1
          }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(monitor.update { $0.sum } == 400 * 399 / 2)
  }

  @Test("a wait with a limit ends")
  func timeLimit() {
    let clock = ContinuousClock()
    let start = clock.now
    let result: Int? = Monitor(0).wait(milliseconds: 30) { _ in nil }
    #expect(result == nil)
    #expect(clock.now - start > .milliseconds(20))
  }
}
