import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A request to stop. A signal or any thread can raise it. Every thread can check it, and a thread
/// that waits for input is woken by it.
public final class StopFlag: Sendable {
  /// 0 while the flag is not raised. After that, the number of the signal that raised it, or -1 if
  /// it was not a signal.
  private let cause = Atomic<Int32>(0)
  /// A pipe that becomes readable when the flag is raised and stays readable. The numbers are -1 if
  /// no pipe could be made, or too few descriptors would be left beside it. In that case, a thread
  /// that waits checks the flag ten times a second.
  private let readEnd: Int32
  private let writeEnd: Int32
  private let parent: StopFlag?

  /// - Parameter parent: if this flag is raised, so is the new one; but a thread that waits for
  ///   input is not woken.
  public init(below parent: StopFlag? = nil) {
    self.parent = parent
    (readEnd, writeEnd) = Self.makePipe() ?? (-1, -1)
  }

  /// How many descriptors are left beside the pipe: for outputs, and for the input of each thread.
  private static let spareDescriptors: Int32 = 16

  /// Makes the pipe. Returns nil if too few descriptors would be left.
  private static func makePipe() -> (readEnd: Int32, writeEnd: Int32)? {
    var ends: [Int32] = [-1, -1]
    // SAFETY: `pipe` writes two descriptors into an array of two.
    guard unsafe pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    // The system gives the lowest free numbers, so that those above the pipe's are mostly free.
    let spare = fcntl(ends[0], F_DUPFD_CLOEXEC, max(ends[0], ends[1]) + spareDescriptors)
    guard spare >= 0 else {
      for end in ends { close(end) }
      return nil
    }
    close(spare)
    return (ends[0], ends[1])
  }

  deinit {
    if readEnd >= 0 { close(readEnd) }
    if writeEnd >= 0 { close(writeEnd) }
  }

  public var isRaised: Bool {
    cause.load(ordering: .acquiring) != 0 || parent?.isRaised ?? false
  }

  /// The signal that raised the flag; nil if it is not raised or was not raised by a signal.
  public var signal: Int32? {
    let cause = cause.load(ordering: .acquiring)
    return cause > 0 ? cause : nil
  }

  /// Raises the flag. The first call decides the cause.
  public func raise() {
    raise(cause: -1)
  }

  /// A signal handler may call this, because it only makes an atomic exchange and a `write`.
  func raise(cause newCause: Int32) {
    guard
      cause.compareExchange(expected: 0, desired: newCause, ordering: .acquiringAndReleasing)
        .exchanged
    else { return }
    var byte: UInt8 = 0
    // SAFETY: one byte is written from a variable of one byte.
    _ = unsafe write(writeEnd, &byte, 1)
  }

  /// Waits until a read from `descriptor` would not block (because of data, the end or an error),
  /// or until the flag is raised.
  ///
  /// - Parameter milliseconds: the longest time to wait; -1 to wait without a limit, 0 not to wait.
  /// - Returns: true if a read will not block; false if the flag is raised or the time is over.
  func waitForInput(_ descriptor: Int32, milliseconds: Int32 = -1) -> Bool {
    var rest = milliseconds
    while !isRaised {
      var entries = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
      ]
      let isPart = readEnd < 0 && (rest < 0 || rest > Self.pollingInterval)
      // SAFETY: the count passed is the array's.
      let ready = unsafe poll(&entries, 2, isPart ? Self.pollingInterval : rest)
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 && isPart {
        rest = max(rest - Self.pollingInterval, -1)
        continue
      }
      if ready < 0 { return true }
      if isRaised { return false }
      return entries[0].revents != 0
    }
    return false
  }

  /// Waits until a write of a few bytes to `descriptor` would not block. After the flag is raised,
  /// it waits for a short time only.
  ///
  /// - Returns: false if the flag is raised and the reader takes nothing.
  func waitForRoom(_ descriptor: Int32) -> Bool {
    var isLastChance = isRaised
    while true {
      var entries = [
        pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: isLastChance ? -1 : readEnd, events: Int16(POLLIN), revents: 0),
      ]
      let limit = isLastChance ? Self.lastChance : readEnd < 0 ? Self.pollingInterval : -1
      // SAFETY: the count passed is the array's.
      let ready = unsafe poll(&entries, 2, limit)
      if ready < 0 && errno == EINTR {
        isLastChance = isRaised
        continue
      }
      if ready < 0 || entries[0].revents != 0 { return true }
      if isLastChance { return false }
      isLastChance = isRaised
    }
  }

  /// How long a reader may take nothing after the flag is raised, in milliseconds.
  private static let lastChance: Int32 = 1000
  /// How often a thread checks the flag where no pipe wakes it, in milliseconds.
  private static let pollingInterval: Int32 = 100
}
