import Synchronization

/// Bytes that are computed when they are first read, and kept from then on.
final class DeferredBytes: Sendable {
  private enum State: Sendable {
    case pending(@Sendable () -> Storage)
    case computed(Storage)
  }

  private let count: Int
  /// The length of the chain of computations that the first read needs, this one included.
  let pendingSteps: Int
  private let state: Mutex<State>

  init(count: Int, pendingSteps: Int, _ make: @escaping @Sendable () -> Storage) {
    self.count = count
    self.pendingSteps = pendingSteps
    state = Mutex(.pending(make))
  }

  /// The bytes in memory. The first caller computes them while others wait.
  var storage: Storage {
    state.withLock { state in
      switch state {
      case .computed(let storage):
        return storage
      case .pending(let make):
        let storage = make().computed
        precondition(storage.count == count)
        // This also releases the data from which the bytes were computed.
        state = .computed(storage)
        return storage
      }
    }
  }
}
