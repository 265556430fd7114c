import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What signals do to this process.
public enum Signals {
  /// Lets SIGINT, SIGTERM and SIGHUP raise `flag`, so that the process can end in good order; a
  /// second one ends it at once. One that was ignored when the process started stays ignored.
  ///
  /// To be called once, early.
  public static func install(raising flag: StopFlag) {
    TemporaryFiles.prepare()
    // SAFETY: the flag is kept for good, so the handler never meets a freed one.
    let address = unsafe UInt(bitPattern: Unmanaged.passRetained(flag).toOpaque())
    raisedFlag.store(address, ordering: .releasing)
    signalCount.store(0, ordering: .relaxed)
    var handled = sigset_t()
    // SAFETY: the set is this function's own.
    unsafe sigemptyset(&handled)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let previous = signal(number, handleSignal)
      if isIgnore(previous) { signal(number, SIG_IGN) }
      unsafe sigaddset(&handled, number)
    }
    // A parent may have them blocked, as Foundation's `Process` does on some threads, and a blocked
    // signal would never arrive.
    unsafe pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }

  /// Makes a write to a closed pipe an error (``SystemError/isBrokenPipe``) instead of our death.
  public static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Makes a write past the limit for files (`ulimit -f`) an error
  /// (``SystemError/isFromWriting``) instead of our death.
  public static func ignoreFileSizeLimit() {
    signal(SIGXFSZ, SIG_IGN)
  }
}

/// Opens whichever of the descriptors 0, 1 and 2 are closed, so that no file of ours lands there
/// and is taken for a standard stream. Using 0 or 1 then fails as if it were closed.
public func reserveStandardDescriptors() {
  for (number, flags) in [
    (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDWR),
  ]
  where fcntl(number, F_GETFD) == -1 {
    // The lowest free number is this one, since all below it are open.
    // SAFETY: a constant path.
    _ = unsafe open("/dev/null", flags)
  }
}

/// The address of the flag; 0 before ``Signals/install(raising:)``.
private let raisedFlag = Atomic<UInt>(0)
private let signalCount = Atomic<Int>(0)

private func handleSignal(_ number: Int32) {
  let saved = errno
  defer { errno = saved }
  if signalCount.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue == 0 {
    let address = raisedFlag.load(ordering: .acquiring)
    // SAFETY: retained for good by `install`.
    if let pointer = unsafe UnsafeRawPointer(bitPattern: address) {
      unsafe Unmanaged<StopFlag>.fromOpaque(pointer).takeUnretainedValue().raise(cause: number)
    }
  } else {
    TemporaryFiles.removeAll()
    // Takes effect when this handler returns, since the signal is blocked until then.
    signal(number, SIG_DFL)
    _ = raise(number)
  }
}

private typealias SignalHandler = @convention(c) (Int32) -> Void

private func isIgnore(_ handler: SignalHandler?) -> Bool {
  // SAFETY: only the addresses are compared.
  unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}
