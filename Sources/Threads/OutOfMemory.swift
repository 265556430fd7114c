import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What happens where the system has no memory for a network or its results. The program cannot
/// continue: such memory is asked for in the middle of a computation.
public enum OutOfMemory {
  private static let action = Mutex<@Sendable () -> Never>({ abort() })

  /// Sets what ends the process, from any thread. It must not allocate memory. Where nothing is
  /// set, the process ends with SIGABRT.
  public static func setAction(_ body: @escaping @Sendable () -> Never) {
    action.withLock { $0 = body }
  }

  static func end() -> Never {
    // Other threads wait here until the process has ended.
    action.withLock { $0() }
  }
}
