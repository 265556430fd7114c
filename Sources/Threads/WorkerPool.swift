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
/// The calling thread works too, so a pool of one thread starts none. Between calls the other
/// threads spin for a moment, because a layer follows a layer within microseconds, and then sleep.
/// They end when the pool is released.
public final class WorkerPool: Sendable {
  /// How many threads work on a call, the calling thread included.
  public let threads: Int
  /// Scratch memory for the intermediate values of tasks; it lasts as long as the pool.
  public let scratch = ScratchMemory()

  /// What the started threads use. They hold this object and never the pool, so that the pool can
  /// be released while they run.
  private let crew: Crew
  private let started: [WorkerThread]
  private let isRunning = Atomic<Bool>(false)

  /// - Parameter threads: how many threads work, the calling thread included; at least 1.
  public init(threads: Int) {
    self.threads = max(1, threads)
    let crew = Crew()
    self.crew = crew
    // Where the system refuses a thread, fewer threads do the same work.
    started = (1..<self.threads).compactMap { _ in
      try? WorkerThread { crew.workUntilStopped() }
    }
  }

  deinit {
    crew.stop()
    for thread in started { thread.join() }
  }

  /// Runs `body(0)` to `body(tasks - 1)`, each once, spread over the threads as they become free;
  /// returns when all are done.
  ///
  /// The threads work on one call at a time. A call that comes meanwhile, from one of the tasks or
  /// from another thread, runs its own tasks one after the other on the thread that makes it.
  public func run(_ tasks: Int, _ body: @Sendable (Int) -> Void) {
    // SAFETY: the compiler has checked that the body is safe on several threads.
    unsafe runUnchecked(tasks, body)
  }

  /// As ``run(_:_:)``, for a body that the compiler cannot show to be safe on several threads.
  ///
  /// - Parameter body: the caller promises that no task writes what another task reads or writes.
  @unsafe public func runUnchecked(_ tasks: Int, _ body: (Int) -> Void) {
    guard !started.isEmpty, tasks > 1, !isRunning.exchange(true, ordering: .acquiring) else {
      for task in 0..<max(0, tasks) { body(task) }
      return
    }
    withoutActuallyEscaping(body) { crew.run(tasks, threads: started.count, $0) }
    isRunning.store(false, ordering: .releasing)
  }

  /// What `body` gives for 0 to `count - 1`, in order, computed as ``run(_:_:)`` does.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    let results = Mutex<[Result?]>(Array(repeating: nil, count: max(0, count)))
    run(count) { task in
      let result = body(task)
      results.withLock { $0[task] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}

/// The state that a pool's threads share.
private final class Crew: @unchecked Sendable {
  private let nextTask = Atomic<Int>(0)
  private let unfinished = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  /// The number of the latest call, for threads that sleep until it changes.
  private let calls = Monitor(0)
  /// The same number, for threads that spin.
  private let latestCall = Atomic<Int>(0)

  // SAFETY: `run` writes both before it announces the call, and again only when every thread has
  // finished the call; the threads read them after they saw the announcement and before they
  // report that they have finished.
  private var taskCount = 0
  private var body: (Int) -> Void = { _ in }

  /// Runs the tasks on `threads` waiting threads and the calling one. One call at a time.
  func run(_ tasks: Int, threads: Int, _ body: @escaping (Int) -> Void) {
    taskCount = tasks
    self.body = body
    nextTask.store(0, ordering: .relaxed)
    unfinished.store(threads, ordering: .relaxed)
    announceCall()
    work()
    // The other threads' last tasks are short, unless another program has taken their processor.
    var spins = 0
    while unfinished.load(ordering: .acquiring) != 0 {
      spins += 1
      if spins < Self.spins { cpu_pause() } else { sched_yield() }
    }
    self.body = { _ in }
  }

  /// Makes the threads return.
  func stop() {
    isStopping.store(true, ordering: .releasing)
    announceCall()
  }

  /// What each of the pool's threads does.
  func workUntilStopped() {
    var seen = 0
    while true {
      seen = waitForCall(after: seen)
      if isStopping.load(ordering: .acquiring) { return }
      work()
      unfinished.wrappingSubtract(1, ordering: .releasing)
    }
  }

  private func work() {
    while true {
      let task = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < taskCount else { return }
      body(task)
    }
  }

  private func announceCall() {
    calls.update { call in
      call += 1
      latestCall.store(call, ordering: .releasing)
    }
  }

  private func waitForCall(after seen: Int) -> Int {
    for _ in 0..<Self.spins {
      let call = latestCall.load(ordering: .acquiring)
      if call != seen { return call }
      cpu_pause()
    }
    return calls.wait { $0 == seen ? nil : $0 }
  }

  /// About 50 microseconds: longer than the time between two layers.
  private static let spins = 2000
}
