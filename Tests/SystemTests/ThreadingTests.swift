import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private func resetSignal(_ number: Int32) {
  signal(number, SIG_DFL)
}

@Suite struct ThreadingTests {
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
    let start = monotonicSeconds()
    let result: Int? = Monitor(0).wait(milliseconds: 30) { _ in nil }
    #expect(result == nil)
    #expect(monotonicSeconds() - start > 0.02)
  }

  @Test("a flag remembers what raised it first")
  func stopFlag() {
    let flag = StopFlag()
    #expect(!flag.isRaised)
    flag.raise()
    #expect(flag.isRaised && flag.signal == nil)
  }

  @Test("a signal raises the flag")
  func signal() {
    let flag = StopFlag()
    Signals.install(raising: flag)
    kill(getpid(), SIGHUP)
    let limit = monotonicSeconds() + 5
    while !flag.isRaised && monotonicSeconds() < limit { usleep(1000) }
    #expect(flag.signal == SIGHUP)
    for number in [SIGINT, SIGTERM, SIGHUP] { resetSignal(number) }
  }

  @Test("quotas and masks of processors")
  func processorCounts() {
    #expect(availableProcessorCount() >= 1)
    #expect(processors(inQuota: "max 100000\n") == nil)
    #expect(processors(inQuota: "150000 100000\n") == 2)
    #expect(processors(inQuota: "50000 100000\n") == 1)
    #expect(processors(inQuota: "0 0") == nil)
    #expect(processors(inStatus: "Name:\tx\nCpus_allowed:\tff,00000003\nMems:\t1\n") == 10)
    #expect(processors(inStatus: "Name:\tx\n") == nil)
  }

  @Test("arguments and the environment come as bytes")
  func process() {
    #expect(rawCommandLineArguments().count == CommandLine.arguments.count)
    #expect(environmentVariable("ALEXNET_NO_SUCH_VARIABLE") == nil)
    #expect(environmentVariable("PATH")?.isEmpty == false)
  }
}
