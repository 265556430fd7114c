/// The end of the time that something may take, on a clock that stands still while the machine
/// sleeps.
public struct Deadline: Sendable {
  private let instant: SuspendingClock.Instant?

  /// - Parameter limit: the time from now on; nil for no limit.
  public init(after limit: Duration?) {
    instant = limit.map { SuspendingClock.now + $0 }
  }

  var isOver: Bool { instant.map { $0 <= .now } ?? false }

  /// The milliseconds that are left, rounded up, as `poll` takes them: -1 where there is no limit.
  var milliseconds: Int32 {
    guard let instant else { return -1 }
    let left = (instant - .now) / .milliseconds(1)
    return Int32(min(max(left, 0), Double(Int32.max - 1)).rounded(.up))
  }
}
