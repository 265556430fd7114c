import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Removes this process's unfinished files where a signal ends it that nothing else handles: that
/// of a crash, for example where Swift's runtime gets no memory for its own objects, or one that
/// was sent. A stack that overflows is not covered, since the handler needs a stack, too.
public enum FatalSignals {
  /// What ends a process by default, but SIGKILL, and SIGPIPE, which is ignored. Commands that can
  /// stop handle SIGINT, SIGTERM and SIGHUP themselves (``Signals/install(raising:)``).
  private static let signals = {
    var signals = [
      SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGPROF, SIGQUIT, SIGSEGV, SIGSYS,
      SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    ]
    #if !canImport(Darwin)
      signals += [SIGIO, SIGPWR]
    #endif
    return signals
  }()
  /// More than the number of any of these signals.
  private static let slotCount = 32

  /// By signal, what it did before ``install()``: for crashes, Swift's runtime may write a
  /// backtrace.
  // SAFETY: allocated once, never freed, and written before the handler is set.
  nonisolated(unsafe) private static let earlier = {
    let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: slotCount)
    unsafe actions.initialize(repeating: sigaction(), count: slotCount)
    return unsafe actions
  }()

  /// Call this once, before other threads are started. Signals that were ignored when the process
  /// started stay ignored.
  public static func install() {
    TemporaryFiles.prepare()
    // A signal handler must not be the first to touch it.
    PreparedExit.hasBegun.store(false, ordering: .releasing)
    var handled = sigset_t()
    // SAFETY: the set is this function's own.
    unsafe sigemptyset(&handled)
    for number in signals where Int(number) < slotCount {
      // SAFETY: the slot is inside the table.
      let slot = unsafe earlier + Int(number)
      guard unsafe sigaction(number, nil, slot) == 0, unsafe !isIgnore(handler(of: slot.pointee))
      else { continue }
      var action = sigaction()
      #if canImport(Glibc)
        action.__sigaction_handler = unsafe .init(sa_sigaction: handleFatalSignal)
      #elseif canImport(Musl)
        action.__sa_handler = unsafe .init(sa_sigaction: handleFatalSignal)
      #else
        action.__sigaction_u = unsafe .init(__sa_sigaction: handleFatalSignal)
      #endif
      action.sa_flags = SA_SIGINFO | SA_ONSTACK
      // SAFETY: the action is this function's own.
      _ = unsafe sigaction(number, &action, nil)
      unsafe sigaddset(&handled, number)
    }
    // The parent process may have blocked them. A crash would then not call the handler.
    unsafe pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }

  private static func handler(of action: sigaction) -> SignalHandler? {
    #if canImport(Glibc)
      unsafe action.__sigaction_handler.sa_handler
    #elseif canImport(Musl)
      unsafe action.__sa_handler.sa_handler
    #else
      unsafe action.__sigaction_u.__sa_handler
    #endif
  }

  /// Lets the signal do what it did before where an instruction caused it, and end the process
  /// otherwise.
  ///
  /// - Parameter isFault: whether an instruction caused it.
  fileprivate static func handOver(_ number: Int32, isFault: Bool) {
    if isFault, number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE {
      // The instruction fails again when this handler returns, and the signal says where.
      // SAFETY: the handler is set for signals of the table only.
      _ = unsafe sigaction(number, earlier + Int(number), nil)
    } else {
      // What Swift's runtime does would let the process go on.
      signal(number, SIG_DFL)
      // The signal takes effect when this handler returns, because it is blocked until then.
      _ = raise(number)
    }
  }
}

private func handleFatalSignal(
  _ number: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
) {
  // Where there is no memory, other threads crash while one ends the process, which takes a second
  // at most.
  var rounds = 0
  while PreparedExit.hasBegun.load(ordering: .acquiring), rounds < 30 {
    _ = poll(nil, 0, 100)
    rounds += 1
  }
  TemporaryFiles.removeAll()
  // SAFETY: the system passes the information, because SA_SIGINFO asks for it.
  let code = unsafe info?.pointee.si_code ?? 0
  FatalSignals.handOver(number, isFault: code > 0)
}
