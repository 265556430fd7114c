import Architecture
import Network
import Synchronization
import Threads

/// The plans of a pipeline: one for each strategy, made by the first worker that needs it and
/// shared with all others.
final class SharedPlans: Sendable {
  private let parameters: Parameters
  private let lastLayer: String?
  private let precision: Precision
  private let threads: Int
  private let plans = Mutex<[Plan.Strategy: Plan]>([:])

  /// - Parameters:
  ///   - lastLayer: the name of the last layer to run; nil runs all.
  ///   - threads: how many threads pack the weights. The workers wait for them.
  init(
    _ parameters: Parameters, through lastLayer: String? = nil, precision: Precision, threads: Int
  ) {
    self.parameters = parameters
    self.lastLayer = lastLayer
    self.precision = precision
    self.threads = threads
  }

  /// What a worker of `threads` threads needs for `batch` images at a time.
  func workspace(batch: Int, threads: Int) -> Workspace {
    let pool = WorkerPool(threads: threads)
    return Workspace(
      for: plan(forBatch: batch, pool: pool), batch: batch, pool: pool, streaming: threads == 1)
  }

  /// - Parameter pool: the threads of the worker that asks.
  private func plan(forBatch batch: Int, pool: WorkerPool) -> Plan {
    plans.withLock { plans in
      let strategy = Plan.Strategy.best(forBatch: batch)
      if let plan = plans[strategy] { return plan }
      let plan = Plan(
        parameters, through: lastLayer, strategy: strategy, precision: precision,
        pool: pool.threads < threads ? WorkerPool(threads: threads) : pool)
      plans[strategy] = plan
      return plan
    }
  }
}
