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
  /// second signal ends the process at once, unless it comes so soon after the first that it is
  /// the same request. Signals that were ignored when the process started stay ignored.
  ///
  /// Call this once, before other threads are started.
  public static func install(raising flag: StopFlag) {
    TemporaryFiles.prepare()
    // SAFETY: the flag is kept for good, so the handler never meets a freed one.
    let address = unsafe UInt(bitPattern: Unmanaged.passRetained(flag).toOpaque())
    raisedFlag.store(address, ordering: .releasing)
    firstSignalTime.store(0, ordering: .relaxed)
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
/// When the first signal came, in nanoseconds of a clock that only advances; 0 before it.
private let firstSignalTime = Atomic<UInt64>(0)
/// What comes in this time after the first signal, in nanoseconds, is the same request. `timeout`
/// sends its signal to the process and to its group. When a terminal is closed, the system and the
/// shell send one each.
private let repetitionTime: UInt64 = 200_000_000

private func handleSignal(_ number: Int32) {
  let saved = errno
  defer { errno = saved }
  let now = max(monotonicTime(), 1)
  let (isFirst, first) = firstSignalTime.compareExchange(
    expected: 0, desired: now, ordering: .acquiringAndReleasing)
  if isFirst {
    Signals.flag?.raise(cause: number)
  } else if now - min(first, now) >= repetitionTime {
    // The signal takes effect when this handler returns, because it is blocked until then.
    Signals.end(by: number)
  }
}

/// The time of a clock that only advances, in nanoseconds. A signal handler may ask for it.
private func monotonicTime() -> UInt64 {
  var time = timespec()
  // SAFETY: the call writes the variable.
  _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

typealias SignalHandler = @convention(c) (Int32) -> Void

func isIgnore(_ handler: SignalHandler?) -> Bool {
  // SAFETY: only the addresses are compared.
  unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
}
