import Synchronization
import Testing
import Threads

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct WorkerPoolTests {
  @Test("every task runs once, on any number of threads", arguments: [-1, 1, 2, 3, 8])
  func everyTask(threads: Int) {
    let pool = WorkerPool(threads: threads)
    for count in [-1, 0, 1, 2, 7, 1000] {
      #expect(pool.map(count) { $0 * $0 } == (0..<max(0, count)).map { $0 * $0 })
    }
  }

  @Test("a call waits for all of its tasks")
  func waits() {
    let pool = WorkerPool(threads: 3)
    for _ in 0..<2000 {
      let done = Atomic(0)
      pool.run(5) { _ in done.wrappingAdd(1, ordering: .relaxed) }
      #expect(done.load(ordering: .relaxed) == 5)
    }
  }

  @Test(
    "a call from inside a task runs its own tasks, on the thread that made it", arguments: [1, 3])
  func nested(threads: Int) {
    let pool = WorkerPool(threads: threads)
    let sums = pool.map(20) { outer in
      let thread = pthread_self()
      let inner = pool.map(10) { (outer * $0, pthread_equal(pthread_self(), thread) != 0) }
      return inner.allSatisfy(\.1) ? inner.reduce(0) { $0 + $1.0 } : -1
    }
    #expect(sums == (0..<20).map { $0 * 45 })
  }

  @Test("two threads may use one pool at once")
  func shared() throws {
    let pool = WorkerPool(threads: 3)
    let wrong = Atomic(0)
    let callers = try (0..<4).map { caller in
      try WorkerThread {
        for round in 0..<500 {
          let found = pool.map(9) { $0 + caller + round }
          if found != (0..<9).map({ $0 + caller + round }) {
            wrong.wrappingAdd(1, ordering: .relaxed)
          }
        }
      }
    }
    for caller in callers { caller.join() }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test("a released pool's threads end, whether it was used or not")
  func threadsEnd() {
    weak var last: WorkerPool?
    let before = threadCount()
    for round in 0..<200 {
      let pool = WorkerPool(threads: 4)
      if round % 2 == 0 { pool.run(8) { _ in } }
      last = pool
    }
    #expect(last == nil)
    // Other tests start threads meanwhile, but never hundreds; 200 pools have 600.
    #expect(threadCount() - before < 200)
  }

  @Test("a thread that nobody joins ends and releases its work")
  func unjoined() throws {
    final class Work: Sendable {}
    let ended = Monitor(false)
    weak var released: Work?
    do {
      let work = Work()
      released = work
      _ = try WorkerThread { withExtendedLifetime(work) { ended.update { $0 = true } } }
    }
    ended.wait { $0 ? true : nil }
    let clock = ContinuousClock()
    let limit = clock.now + .seconds(10)
    while released != nil, clock.now < limit { usleep(1000) }
    #expect(released == nil)
  }

  @Test("unchecked tasks may write disjoint parts of one array")
  func unchecked() {
    let pool = WorkerPool(threads: 3)
    var values = [Int](repeating: 0, count: 100)
    unsafe values.withUnsafeMutableBufferPointer { values in
      // SAFETY: every task writes its own element.
      unsafe pool.runUnchecked(values.count) { unsafe values[$0] = $0 }
    }
    #expect(values == Array(0..<100))
  }

  /// The threads of this process; 0 where the system does not list them in a folder.
  private func threadCount() -> Int {
    guard let folder = unsafe opendir("/proc/self/task") else { return 0 }
    // SAFETY: the folder was opened just above.
    defer { unsafe closedir(folder) }
    var count = -2
    while unsafe readdir(folder) != nil { count += 1 }
    return count
  }
}
