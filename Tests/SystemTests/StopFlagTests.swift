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
  @Test("a flag that the program raises has no signal")
  func stopFlag() {
    let flag = StopFlag()
    #expect(!flag.isRaised)
    flag.raise()
    #expect(flag.isRaised && flag.signal == nil)
  }

  @Test("a signal raises the flag, which remembers what raised it first")
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

  @Test("a flag below another is raised with it, and not the other way")
  func below() {
    let upper = StopFlag()
    let (first, second) = (StopFlag(below: upper), StopFlag(below: upper))
    first.raise()
    #expect(first.isRaised && !upper.isRaised && !second.isRaised)
    upper.raise()
    #expect(second.isRaised)
  }
}
