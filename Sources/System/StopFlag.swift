import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A request to end, from a signal or from our own code; seen by every thread, and by one that is
/// waiting for input.
public final class StopFlag: Sendable {
  /// Zero while running, a signal's number, or -1 for a request without a signal.
  private let cause = Atomic<Int32>(0)
  /// A pipe that becomes readable, and stays so, once the flag is raised. -1 where none was to be
  /// had: then only threads that ask notice.
  private let readEnd: Int32
  private let writeEnd: Int32

  public init() {
    var ends: [Int32] = [-1, -1]
    // SAFETY: `pipe` writes two descriptors into an array of two.
    if unsafe pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    if readEnd >= 0 { close(readEnd) }
    if writeEnd >= 0 { close(writeEnd) }
  }

  public var isRaised: Bool { cause.load(ordering: .acquiring) != 0 }

  /// The signal that raised the flag, if one did.
  public var signal: Int32? {
    let cause = cause.load(ordering: .acquiring)
    return cause > 0 ? cause : nil
  }

  /// Raises the flag. The first call decides the cause.
  public func raise() {
    raise(cause: -1)
  }

  /// Does only what a signal handler may do: one atomic exchange and one `write`.
  func raise(cause newCause: Int32) {
    guard
      cause.compareExchange(expected: 0, desired: newCause, ordering: .acquiringAndReleasing)
        .exchanged
    else { return }
    var byte: UInt8 = 0
    // SAFETY: one byte is written from a variable of one byte.
    _ = unsafe write(writeEnd, &byte, 1)
  }

  /// Waits until `descriptor` can be read (data, end or error) or the flag is raised.
  ///
  /// - Parameter milliseconds: -1 to wait for ever, 0 to ask only.
  /// - Returns: true when a read will not block, false when the flag is raised or time is up.
  func waitForInput(_ descriptor: Int32, milliseconds: Int32 = -1) -> Bool {
    while !isRaised {
      var entries = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
      ]
      // SAFETY: the count passed is the array's.
      let ready = unsafe poll(&entries, 2, milliseconds)
      if ready < 0 && errno == EINTR { continue }
      if ready < 0 { return true }
      if isRaised { return false }
      return entries[0].revents != 0
    }
    return false
  }
}
