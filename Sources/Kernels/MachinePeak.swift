public import Threads

/// The measured peak of this machine's arithmetic and memory, which the speed of layers is compared
/// with.
public struct MachinePeak: Sendable {
  /// What the multiplications and additions are done in.
  public enum Arithmetic: Sendable, Hashable, CaseIterable {
    case float32
    case bfloat16
    case int8
  }

  /// Multiplications and additions a second, of all the threads.
  public let operationsPerSecond: Double
  /// Bytes that all the threads together read from memory in a second.
  public let bytesPerSecond: Double

  /// Measures for about a tenth of a second, half of it for each.
  public static func measure(
    _ arithmetic: Arithmetic, kernels: InstructionSet, pool: WorkerPool
  ) -> MachinePeak {
    MachinePeak(
      operationsPerSecond: operations(arithmetic, kernels, pool),
      bytesPerSecond: bytes(kernels, pool))
  }

  private static func operations(
    _ arithmetic: Arithmetic, _ kernels: InstructionSet, _ pool: WorkerPool
  ) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    var rounds = 1000
    var best = 0.0
    // The best of many short runs: other programs disturb some of them, and the clock rises with
    // the load.
    while clock.now - start < .milliseconds(40) {
      let run = rounds
      let duration = clock.measure {
        pool.run(pool.threads) { _ in _ = kernels.peak(arithmetic, rounds: run) }
      }
      let operations = 2 * kernels.peakMultiplyAdds(arithmetic) * rounds * pool.threads
      best = max(best, Double(operations) / (duration / .seconds(1)))
      if duration < .milliseconds(2) { rounds *= 2 }
    }
    return best
  }

  /// Several times more than the last cache of most processors holds.
  private static let readBytes = 192 << 20

  private static func bytes(_ kernels: InstructionSet, _ pool: WorkerPool) -> Double {
    let part = 1 << 20
    let parts = readBytes / (part * MemoryLayout<Float>.stride)
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: parts * part)
    defer { unsafe memory.deallocate() }
    // The system provides memory when it is first written.
    // SAFETY: tasks write disjoint parts of the memory, which lives until they are done.
    unsafe pool.runUnchecked(parts) { index in
      unsafe (memory + index * part).initialize(repeating: 0, count: part)
    }
    let clock = ContinuousClock()
    let start = clock.now
    var (passes, best) = (0, 0.0)
    while passes < 3 || clock.now - start < .milliseconds(20) {
      passes += 1
      let duration = clock.measure {
        // SAFETY: tasks only read.
        unsafe pool.runUnchecked(parts) { index in
          _ = kernels.sum(unsafe Span(_unsafeStart: memory + index * part, count: part))
        }
      }
      best = max(best, Double(readBytes) / (duration / .seconds(1)))
    }
    return best
  }
}
