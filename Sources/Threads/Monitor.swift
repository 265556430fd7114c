#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A value that threads share, and on whose changes they can wait.
///
/// The closures that are passed to its methods run while the value is locked: they must not call
/// the same monitor again, which stops the program.
@safe public final class Monitor<State: Sendable>: @unchecked Sendable {
  // SAFETY: read and written inside `locked` alone, while the mutex is held.
  private var state: State
  // SAFETY: allocated in `init` and freed in `deinit`; the C library demands that their addresses
  // never change in between.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  public init(_ state: State) {
    self.state = state
    unsafe mutex.initialize(to: pthread_mutex_t())
    var mutexAttributes = pthread_mutexattr_t()
    unsafe pthread_mutexattr_init(&mutexAttributes)
    // A thread that locks the mutex twice gets an error instead of a deadlock.
    unsafe pthread_mutexattr_settype(&mutexAttributes, Int32(PTHREAD_MUTEX_ERRORCHECK))
    unsafe pthread_mutex_init(mutex, &mutexAttributes)
    unsafe pthread_mutexattr_destroy(&mutexAttributes)
    unsafe changed.initialize(to: pthread_cond_t())
    #if os(Linux)
      // Time limits are measured on the monotonic clock: setting the time of day does not change
      // them.
      var attributes = pthread_condattr_t()
      unsafe pthread_condattr_init(&attributes)
      unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      unsafe pthread_cond_init(changed, &attributes)
      unsafe pthread_condattr_destroy(&attributes)
    #else
      unsafe pthread_cond_init(changed, nil)
    #endif
  }

  deinit {
    // SAFETY: a thread that waits holds a reference, so none waits now.
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the state, and wakes every thread that waits for a change.
  @discardableResult
  public func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    locked {
      defer { _ = unsafe pthread_cond_broadcast(changed) }
      return body(&state)
    }
  }

  /// Waits until `body` returns a value; asks it again after every change.
  @discardableResult
  public func wait<Result: Sendable>(for body: (inout State) -> Result?) -> Result {
    locked {
      while true {
        if let result = body(&state) { return result }
        // SAFETY: the mutex is held.
        _ = unsafe pthread_cond_wait(changed, mutex)
      }
    }
  }

  /// Waits until `body` returns a value. Asks it once more after the next change or after
  /// `milliseconds`, whichever comes first; returns nil if it still has none.
  public func wait<Result: Sendable>(
    milliseconds: Int, for body: (inout State) -> Result?
  ) -> Result? {
    locked {
      if let result = body(&state) { return result }
      waitOnce(milliseconds)
      return body(&state)
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    // SAFETY: initialised in `init`.
    let code = unsafe pthread_mutex_lock(mutex)
    precondition(code == 0, "a closure that a monitor runs called the same monitor")
    defer { _ = unsafe pthread_mutex_unlock(mutex) }
    return body()
  }

  private func waitOnce(_ milliseconds: Int) {
    var limit = timespec()
    #if os(Linux)
      // SAFETY: the time is filled in before the call returns; the mutex is held.
      _ = unsafe clock_gettime(CLOCK_MONOTONIC, &limit)
      let nanoseconds = limit.tv_nsec + milliseconds % 1000 * 1_000_000
      limit.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
      limit.tv_nsec = nanoseconds % 1_000_000_000
      _ = unsafe pthread_cond_timedwait(changed, mutex, &limit)
    #else
      limit.tv_sec = milliseconds / 1000
      limit.tv_nsec = milliseconds % 1000 * 1_000_000
      _ = unsafe pthread_cond_timedwait_relative_np(changed, mutex, &limit)
    #endif
  }
}
