#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Seconds on the monotonic clock, which is never set back or forward; only differences mean
/// anything.
public func monotonicSeconds() -> Double {
  var time = timespec()
  // SAFETY: the time is filled in before the call returns.
  _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
