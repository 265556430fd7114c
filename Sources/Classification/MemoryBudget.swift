import Threads

/// Memory that all pictures of a run share while they are decoded and resized: where there is not
/// enough left for one, it waits for others to be finished.
///
/// They are served in the order in which they ask, so that a large one is not kept waiting by small
/// ones for ever. Nobody who holds memory asks for more, so that they never wait for each other.
final class MemoryBudget: Sendable {
  private struct State {
    var free: Int
    /// The turn that the next one who asks will get.
    var nextTurn = 0
    /// Whose turn it is.
    var turn = 0
  }

  private let total: Int
  private let state: Monitor<State>

  /// - Parameter total: in bytes.
  init(_ total: Int) {
    self.total = total
    state = Monitor(State(free: total))
  }

  /// Runs `body` while `bytes` of the budget are set aside for it.
  ///
  /// - Throws: a failure where that is more than the whole budget, and what `body` throws.
  func holding<Result>(
    _ bytes: Int, _ body: () throws(ItemFailure) -> Result
  ) throws(ItemFailure) -> Result {
    guard bytes <= total else { throw .needsTooMuchMemory(bytes, of: total) }
    let own = state.update { state in
      defer { state.nextTurn += 1 }
      return state.nextTurn
    }
    state.wait { state -> Bool? in
      guard state.turn == own, state.free >= bytes else { return nil }
      state.free -= bytes
      return true
    }
    // The next one in the queue waits for this change.
    state.update { $0.turn += 1 }
    defer { state.update { $0.free += bytes } }
    return try body()
  }
}
