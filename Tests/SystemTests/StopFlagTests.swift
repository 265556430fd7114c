import System
import Testing
import Threads

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

@Suite struct StopFlagTests {
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
    let limit = ContinuousClock.now + .seconds(5)
    while !flag.isRaised && ContinuousClock.now < limit { usleep(1000) }
    #expect(flag.signal == SIGHUP)
    flag.raise()
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
    #expect(rawCommandLineArguments().map(\.repaired) == CommandLine.arguments)
    #expect(environmentVariable("ALEXNET_NO_SUCH_VARIABLE") == nil)
    #expect(environmentVariable("PATH")?.isEmpty == false)
  }
}
