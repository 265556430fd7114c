#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A value that threads share, and on whose changes they can wait.
@safe public final class Monitor<State>: @unchecked Sendable {
  private var state: State
  // SAFETY: allocated in `init`, freed in `deinit`, at addresses that never change between, as the
  // C library demands.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  public init(_ state: sending State) {
    self.state = state
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe changed.initialize(to: pthread_cond_t())
    #if os(Linux)
      // Time limits are measured on the clock that nobody sets.
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
    // SAFETY: nobody waits on what nobody refers to.
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Changes the state, and wakes everybody who waits for that.
  @discardableResult
  public func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    locked {
      defer { _ = unsafe pthread_cond_broadcast(changed) }
      return body(&state)
    }
  }

  /// Waits until `body` gives something; asks it again after every change.
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

  /// Waits until `body` gives something, or a change or `milliseconds` have passed without.
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
    unsafe pthread_mutex_lock(mutex)
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
