import CThreads
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A fixed set of threads that share the tasks of one call at a time: fork, join.
///
/// The calling thread works too, so a pool of one starts no thread. Between calls the others spin
/// for a moment (a layer follows a layer within microseconds), then sleep.
@safe public final class WorkerPool: @unchecked Sendable {
  public let threads: Int

  private let nextTask = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)
  /// Counts the calls; a change tells the threads that there is work.
  private let generation = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)

  // Written by `run` before `generation` rises, read by the threads after they saw it rise.
  private var taskCount = 0
  private var body: @Sendable (Int) -> Void = { _ in }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var handles: [pthread_t] = []

  /// - Parameter threads: how many threads work, the caller's included; at least 1.
  public init(threads: Int) {
    self.threads = max(1, threads)
    // SAFETY: both live until `deinit`, which joins every thread first.
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(wake, nil)
    for _ in 1..<self.threads { startThread() }
  }

  deinit {
    stopping.store(true, ordering: .releasing)
    wakeThreads()
    for handle in handles { pthread_join(handle, nil) }
    unsafe pthread_cond_destroy(wake)
    unsafe pthread_mutex_destroy(mutex)
    unsafe wake.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body(0)` to `body(tasks - 1)`, each once, spread over the threads as they come free;
  /// returns when all are done. Not to be called from inside `body` or from two threads at once.
  public func run(_ tasks: Int, _ body: @Sendable (Int) -> Void) {
    guard startedThreads > 0, tasks > 1 else {
      for task in 0..<max(0, tasks) { body(task) }
      return
    }
    withoutActuallyEscaping(body) { body in
      taskCount = tasks
      self.body = body
      nextTask.store(0, ordering: .relaxed)
      unfinished.store(startedThreads, ordering: .relaxed)
      wakeThreads()
      work()
      // The others' last tasks are short, unless another program has taken their processor.
      var spins = 0
      while unfinished.load(ordering: .acquiring) != 0 {
        spins += 1
        if spins < Self.spins { cpu_pause() } else { sched_yield() }
      }
      self.body = { _ in }
    }
  }

  /// What `body` gives for 0 to `count - 1`, in order, computed as ``run(_:_:)`` does.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    let results = Mutex<[Result?]>(Array(repeating: nil, count: count))
    run(count) { task in
      let result = body(task)
      results.withLock { $0[task] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  private func work() {
    while true {
      let task = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < taskCount else { return }
      body(task)
    }
  }

  private func wakeThreads() {
    // The lock is what makes a thread that is about to sleep see the new generation.
    unsafe pthread_mutex_lock(mutex)
    generation.wrappingAdd(1, ordering: .releasing)
    unsafe pthread_cond_broadcast(wake)
    unsafe pthread_mutex_unlock(mutex)
  }

  private func startThread() {
    // SAFETY: `deinit` joins the thread before the object goes, so an unretained reference holds.
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    #if canImport(Darwin)
      var handle: pthread_t?
    #else
      var handle = pthread_t()
    #endif
    #if canImport(Darwin)
      let status = unsafe pthread_create(
        &handle, nil,
        {
          unsafe WorkerPool.threadMain($0)
          return nil
        }, context)
    #else
      let status = unsafe pthread_create(
        &handle, nil,
        {
          if let context = unsafe $0 { unsafe WorkerPool.threadMain(context) }
          return nil
        }, context)
    #endif
    // Without the thread the work still gets done, by fewer.
    guard status == 0 else { return }
    #if canImport(Darwin)
      if let handle = unsafe handle { unsafe handles.append(handle) }
    #else
      handles.append(handle)
    #endif
  }

  private var startedThreads: Int { handles.count }

  private static func threadMain(_ context: UnsafeMutableRawPointer) {
    // SAFETY: `startThread` passed a pool that outlives its threads.
    unsafe Unmanaged<WorkerPool>.fromOpaque(context).takeUnretainedValue().threadLoop()
  }

  private func threadLoop() {
    var seen = 0
    while true {
      seen = waitForWork(after: seen)
      if stopping.load(ordering: .acquiring) { return }
      work()
      unfinished.wrappingSubtract(1, ordering: .releasing)
    }
  }

  private func waitForWork(after seen: Int) -> Int {
    for _ in 0..<Self.spins {
      let current = generation.load(ordering: .acquiring)
      if current != seen { return current }
      cpu_pause()
    }
    unsafe pthread_mutex_lock(mutex)
    while generation.load(ordering: .acquiring) == seen { unsafe pthread_cond_wait(wake, mutex) }
    let current = generation.load(ordering: .acquiring)
    unsafe pthread_mutex_unlock(mutex)
    return current
  }

  /// About 50 microseconds: longer than the gap between two layers.
  private static let spins = 2000
}
