#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Seconds since the beginning of 1970 in UTC, as the system's clock has it.
public func secondsSince1970() -> Int { Int(time(nil)) }
