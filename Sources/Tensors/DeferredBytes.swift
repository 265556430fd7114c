import Synchronization

/// Bytes that are computed when they are first read, and kept from then on.
final class DeferredBytes: Sendable {
  private enum State: Sendable {
    case pending(@Sendable () -> Storage)
    case computed(Storage)
  }

  private let count: Int
  /// How many computations, each on the result of another, the first read takes.
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
        // Also lets go of what the bytes were computed from.
        state = .computed(storage)
        return storage
      }
    }
  }
}
