import Synchronization
import System
import Threads

/// One run. Workers on several threads process batches, and their records are delivered in the
/// order of the inputs.
final class Run<Answer: Sendable>: Sendable {
  private struct Progress {
    /// Finished batches that have not been delivered yet, by the position of their first record.
    var finished: [Int: [Finished]] = [:]
    /// How many inputs workers have taken.
    var taken = 0
    /// How many records the consumer has processed.
    var delivered = 0
    var activeWorkers = 0
  }

  private struct Finished {
    let record: InputRecord<Answer>
    let origin: InputItem.Origin
  }

  private enum Delivery {
    case batch([Finished])
    case end
  }

  /// How often the consumer checks the stop flag while it waits, in milliseconds.
  private static var patience: Int { 50 }
  /// How many batches for each thread may be taken by workers but not yet processed by the
  /// consumer.
  private static var batchesAhead: Int { 4 }

  private let pipeline: Pipeline<Answer>
  private let queue: Mutex<BatchQueue>
  private let progress = Monitor(Progress())
  private let stop: StopFlag
  /// Raised if the run ends early, for any reason.
  private let cancelled: StopFlag

  /// - Parameter stop: ends the run when it is raised.
  init(_ pipeline: Pipeline<Answer>, _ inputs: InputSource, stop: StopFlag) {
    self.pipeline = pipeline
    self.stop = stop
    let cancelled = StopFlag(below: stop)
    self.cancelled = cancelled
    queue = Mutex(
      BatchQueue(
        InputStream(inputs, options: pipeline.options, stop: cancelled),
        workers: pipeline.threads,
        batchSize: pipeline.batchSize))
  }

  func deliver(onRecord: (InputRecord<Answer>) -> Flow) -> RunSummary {
    var summary = RunSummary()
    waitForFirstKind()
    let threads = startWorkers(&summary)
    if !deliverAll(onRecord: onRecord, summary: &summary) {
      summary.stopped = true
      cancelled.raise()
      progress.update { _ in }
    }
    for thread in threads { thread.join() }
    progress.update { summary.inputs = $0.taken }
    queue.withLock { queue in
      summary.passedOver = queue.passedOver
      summary.directories = queue.directories
      summary.inputsOfOtherShards = queue.inputsOfOtherShards
      summary.recordedInputs = queue.recordedInputs
      summary.recordedFailures = queue.recordedFailures
    }
    return summary
  }

  /// Passes the records to the consumer in order.
  ///
  /// - Returns: false if the run was ended early.
  private func deliverAll(
    onRecord: (InputRecord<Answer>) -> Flow, summary: inout RunSummary
  ) -> Bool {
    var position = 0
    while !stop.isRaised {
      let delivery: Delivery? = progress.wait(milliseconds: Self.patience) { progress in
        if let batch = progress.finished.removeValue(forKey: position) { return .batch(batch) }
        return progress.activeWorkers == 0 ? .end : nil
      }
      switch delivery {
      case nil: continue
      // Workers end early, too, when a signal arrives.
      case .end: return !stop.isRaised
      case .batch(let batch):
        for finished in batch {
          summary.count(finished.record, finished.origin)
          if onRecord(finished.record) == .stop || stop.isRaised { return false }
        }
        position += batch.count
        progress.update { $0.delivered = position }
      }
    }
    return false
  }

  /// Waits for the beginning of standard input, where that is the first input: whether it is one
  /// image or many decides how the cores are divided.
  private func waitForFirstKind() {
    while !stop.isRaised {
      let isKnown = queue.withLock { queue in
        queue.lookAhead()
        return queue.waitForFirstKind(milliseconds: Self.patience)
      }
      if isKnown { return }
    }
  }

  /// Starts the workers, at most one for each input and for each core. The cores are divided among
  /// them, so that a single input is computed on all cores.
  private func startWorkers(_ summary: inout RunSummary) -> [WorkerThread] {
    let known = queue.withLock { queue -> Int? in
      queue.lookAhead()
      return queue.isComplete ? queue.available : nil
    }
    let cores = pipeline.threads
    let count = min(cores, known ?? cores)
    let batch = min(pipeline.batchSize, max(1, ((known ?? .max) - 1) / max(1, count) + 1))
    progress.update { $0.activeWorkers = count }
    var threads: [WorkerThread] = []
    for index in 0..<count {
      let share =
        pipeline.options.isDeterministic ? 1 : cores / count + (index < cores % count ? 1 : 0)
      do {
        threads.append(
          try WorkerThread { self.work(batch: batch, threads: share) })
      } catch {
        // The run goes on with fewer workers, as long as there is at least one.
        progress.update { $0.activeWorkers -= 1 }
        if threads.isEmpty {
          summary.fault = .failed(operation: "start a thread", path: nil, errno: error.errno)
        }
      }
    }
    if !threads.isEmpty { summary.fault = nil }
    return threads
  }

  /// The body of a worker's thread.
  private func work(batch: Int, threads: Int) {
    let worker = Worker(pipeline, batch: batch, threads: threads, stop: cancelled)
    while waitForRoom() {
      let (first, items) = queue.withLock { $0.take() }
      progress.update { $0.taken += items.count }
      guard !items.isEmpty, let records = worker.records(for: items) else { break }
      let finished = zip(records, items).map { Finished(record: $0, origin: $1.origin) }
      progress.update { $0.finished[first] = finished }
    }
    progress.update { $0.activeWorkers -= 1 }
  }

  /// Waits until the consumer has processed enough records for another batch to start.
  ///
  /// - Returns: false if the run has ended.
  private func waitForRoom() -> Bool {
    let limit = Self.batchesAhead * pipeline.threads * pipeline.batchSize
    return progress.wait { progress in
      if self.cancelled.isRaised { return false }
      return progress.taken - progress.delivered < limit ? true : nil
    }
  }
}

extension Pipeline {
  fileprivate var threads: Int { max(1, options.threads) }
  /// The most pictures in a batch. Each picture may give several images for the network.
  fileprivate var batchSize: Int {
    options.isDeterministic ? 1 : max(1, options.batchSize / pictures.imagesPerPicture)
  }
}

extension RunSummary {
  fileprivate mutating func count(
    _ record: InputRecord<some Sendable>, _ origin: InputItem.Origin
  ) {
    switch record.outcome {
    case .answered: answered += 1
    case .failed(let failure):
      failed += 1
      guard failure.code == .notFound else { return }
      switch origin {
      case .named: missingInputs += 1
      case .list: missingLists += 1
      case .found: break
      }
    }
  }
}
