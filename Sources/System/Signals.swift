import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Sets how this process reacts to signals.
public enum Signals {
  /// Makes SIGINT, SIGTERM and SIGHUP raise `flag`, so that the process can finish cleanly. A
  /// second signal ends the process at once. Signals that were ignored when the process started
  /// stay ignored.
  ///
  /// Call this once, before other threads are started.
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
    // The parent process may have blocked these signals, as Foundation's `Process` does on some
    // threads. A blocked signal would never arrive.
    unsafe pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }

  /// The flag that signals raise; nil before ``install(raising:)``.
  static var flag: StopFlag? {
    let address = raisedFlag.load(ordering: .acquiring)
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
    // SAFETY: retained for good by `install`.
    return unsafe Unmanaged<StopFlag>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// The signal that asked this process to end; nil where none did.
  public static var received: Int32? { flag?.signal }

  /// Lets a signal end this process, as a second one does.
  static func end(by number: Int32) {
    TemporaryFiles.removeAll()
    signal(number, SIG_DFL)
    _ = raise(number)
  }

  /// Makes a write to a closed pipe an error (``SystemError/isBrokenPipe``). Otherwise, it would
  /// end the process.
  public static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Makes a write past the limit of file sizes (`ulimit -f`) an error
  /// (``SystemError/isFromWriting``). Otherwise, it would end the process.
  public static func ignoreFileSizeLimit() {
    signal(SIGXFSZ, SIG_IGN)
  }
}

/// Opens those of the descriptors 0, 1 and 2 that are closed. Otherwise, the next file that is
/// opened would get such a number and be used as a standard stream. Reading 0 or writing 1 then
/// fails, as with a closed descriptor.
public func reserveStandardDescriptors() {
  for (number, flags) in [
    (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDWR),
  ]
  where fcntl(number, F_GETFD) == -1 {
    // `open` uses the lowest free number. That is this one, because all lower ones are open.
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
    Signals.flag?.raise(cause: number)
  } else {
    // The signal takes effect when this handler returns, because it is blocked until then.
    Signals.end(by: number)
  }
}

typealias SignalHandler = @convention(c) (Int32) -> Void

func isIgnore(_ handler: SignalHandler?) -> Bool {
  // SAFETY: only the addresses are compared.
  unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}
