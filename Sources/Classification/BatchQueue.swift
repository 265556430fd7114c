/// Cuts the stream of inputs into batches of neighbours.
///
/// It looks a little ahead, so that the last inputs of a run are spread evenly over the workers,
/// but waits for nothing as long as there is something to do.
struct BatchQueue {
  private let stream: InputStream
  private let workers: Int
  private let batchSize: Int
  private var ahead: ArraySlice<InputItem> = []
  private var taken = 0
  /// True when all inputs there will be are in `ahead`.
  private(set) var isComplete = false

  init(_ stream: InputStream, workers: Int, batchSize: Int) {
    self.stream = stream
    self.workers = workers
    self.batchSize = batchSize
  }

  /// How many inputs can be taken without waiting.
  var available: Int { ahead.count }

  var otherFiles: Int { stream.otherFiles }
  var directories: Int { stream.directories }

  /// Takes in what can be had without waiting.
  mutating func lookAhead() {
    while !isComplete && ahead.count < workers * batchSize {
      switch stream.next(waiting: false) {
      case .item(let item): ahead.append(item)
      case .notYet: return
      case .end: isComplete = true
      }
    }
  }

  /// The next inputs and the position of the first among all; empty at the end. Waits until there
  /// is one.
  mutating func take() -> (first: Int, items: [InputItem]) {
    lookAhead()
    if ahead.isEmpty && !isComplete {
      if case .item(let item) = stream.next(waiting: true) {
        ahead.append(item)
        lookAhead()
      } else {
        isComplete = true
      }
    }
    // The first batches are small, for an early first result. The last ones are a fair share of
    // what is left, so that all workers finish together.
    let share = (ahead.count + workers - 1) / workers
    let count = min(batchSize, share, 1 + taken / workers)
    let items = Array(ahead.prefix(count))
    ahead.removeFirst(count)
    defer { taken += count }
    return (taken, items)
  }
}
