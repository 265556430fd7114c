import System

/// Divides the stream of inputs into batches of consecutive inputs.
///
/// It looks a few inputs ahead, so that the last inputs of a run are spread evenly over the
/// workers. It waits for input only if there is nothing else to do.
struct BatchQueue {
  private let stream: InputStream
  private let workers: Int
  private let batchSize: Int
  private var ahead: ArraySlice<InputItem> = []
  private var taken = 0
  /// Whether `ahead` has all inputs that remain.
  private(set) var isComplete = false

  init(_ stream: InputStream, workers: Int, batchSize: Int) {
    self.stream = stream
    self.workers = workers
    self.batchSize = batchSize
  }

  /// How many inputs can be taken without waiting.
  var available: Int { ahead.count }

  /// Waits, but not for long, until it is known whether the first input is one image or many.
  ///
  /// - Returns: false if that is still unknown.
  func waitForFirstKind(milliseconds: Int) -> Bool {
    !ahead.isEmpty || stream.waitForKind(milliseconds: milliseconds)
  }

  var passedOver: OtherFiles { stream.passedOver }
  var directories: Int { stream.directories }
  var inputsOfOtherShards: Int { stream.inputsOfOtherShards }
  var recordedInputs: Int { stream.recordedInputs }
  var recordedFailures: Int { stream.recordedFailures }

  /// Adds the inputs to `ahead` that are available without waiting.
  mutating func lookAhead() {
    while !isComplete && ahead.count < workers * batchSize {
      switch stream.next(waiting: false) {
      case .item(let item): ahead.append(item)
      case .notYet: return
      case .end: isComplete = true
      }
    }
  }

  /// Takes the next inputs. `first` is the position of the first of them among all inputs. Waits
  /// until there is an input. The result is empty at the end.
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
    // The first batches are small, so that the first result comes early. The last ones are an equal
    // share of the remaining inputs, so that all workers finish at about the same time.
    let share = (ahead.count + workers - 1) / workers
    let count = min(batchSize, share, 1 + taken / workers)
    let items = Array(ahead.prefix(count))
    ahead.removeFirst(count)
    defer { taken += count }
    return (taken, items)
  }
}
