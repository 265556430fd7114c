import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Removes this process's unfinished files where a signal of a crash ends it: where Swift's runtime
/// gets no memory for its own objects, or where the program has a fault.
public enum CrashCleanup {
  private static let signals = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]
  /// More than the number of any of these signals.
  private static let slotCount = 32

  /// By signal, what it did before ``install()``: as a rule, Swift's runtime writes a backtrace.
  // SAFETY: allocated once, never freed, and written before the handler is set.
  nonisolated(unsafe) private static let earlier = {
    let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: slotCount)
    unsafe actions.initialize(repeating: sigaction(), count: slotCount)
    return unsafe actions
  }()

  /// Call this once, before other threads are started.
  public static func install() {
    TemporaryFiles.prepare()
    var handled = sigset_t()
    // SAFETY: the set is this function's own.
    unsafe sigemptyset(&handled)
    for number in signals where Int(number) < slotCount {
      // SAFETY: the slot is inside the table.
      let slot = unsafe earlier + Int(number)
      guard unsafe sigaction(number, nil, slot) == 0 else { continue }
      var action = sigaction()
      #if canImport(Glibc)
        action.__sigaction_handler = .init(sa_handler: handleCrash)
      #elseif canImport(Musl)
        action.__sa_handler = .init(sa_handler: handleCrash)
      #else
        action.__sigaction_u = .init(__sa_handler: handleCrash)
      #endif
      action.sa_flags = SA_ONSTACK
      // SAFETY: the action is this function's own.
      _ = unsafe sigaction(number, &action, nil)
      unsafe sigaddset(&handled, number)
    }
    // The parent process may have blocked them. A crash would then not call the handler.
    unsafe pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }

  /// Does what the signal did before. It is blocked until the handler returns.
  fileprivate static func handOver(_ number: Int32) {
    // SAFETY: the handler is set for signals of the table only.
    _ = unsafe sigaction(number, earlier + Int(number), nil)
    _ = raise(number)
  }
}

private func handleCrash(_ number: Int32) {
  // Where there is no memory, other threads crash while one ends the process.
  while PreparedExit.hasBegun.load(ordering: .acquiring) { pause() }
  TemporaryFiles.removeAll()
  CrashCleanup.handOver(number)
}
