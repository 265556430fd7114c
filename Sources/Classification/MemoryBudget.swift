import Threads

/// Memory that all files of a run share: pictures while they are decoded and resized, and large
/// files from before they are read. Where there is not enough left for one, it waits for others to
/// be finished.
///
/// They are served in the order in which they ask, so that a large one is not kept waiting by small
/// ones for ever. Only a large file asks for more while it holds memory. There is one large file at
/// a time, and what it asks for is served before everything else. Therefore no two files wait for
/// each other.
public final class MemoryBudget: Sendable {
  private struct State {
    var free: Int
    /// The turn that the next one who asks will get.
    var nextTurn = 0
    /// Whose turn it is.
    var turn = 0
    /// Whether there is a large file now.
    var hasLargeFile = false
    /// Whether the large file waits for more memory.
    var isLargeFileWaiting = false
  }

  /// In bytes.
  let total: Int
  private let state: Monitor<State>

  /// - Parameter total: in bytes.
  public init(_ total: Int) {
    self.total = total
    state = Monitor(State(free: total))
  }

  /// Waits until no other file is large, and until `bytes` of the budget, or all of it, are set
  /// aside for this one. Call ``endLargeFile(_:)`` when nothing of the file is in memory any more.
  ///
  /// - Parameter bytes: the size of the file; 0 where it is not known.
  /// - Returns: how many bytes were set aside.
  func beginLargeFile(_ bytes: Int) -> Int {
    state.wait { state -> Bool? in
      guard !state.hasLargeFile else { return nil }
      state.hasLargeFile = true
      return true
    }
    let bytes = min(bytes, total)
    take(bytes)
    return bytes
  }

  /// - Parameter bytes: what ``beginLargeFile(_:)`` returned.
  func endLargeFile(_ bytes: Int) {
    state.update { state in
      state.free += bytes
      state.hasLargeFile = false
    }
  }

  /// Runs `body` while `bytes` of the budget are set aside for it.
  ///
  /// - Parameter largeFile: what has been set aside for the file already, as a part of `bytes`; nil
  ///   for a file that is not large.
  /// - Throws: a failure where that is more than the whole budget, and what `body` throws.
  func holding<Result>(
    _ bytes: Int, largeFile: Int?, _ body: () throws(ItemFailure) -> Result
  ) throws(ItemFailure) -> Result {
    guard bytes <= total else {
      throw .needsTooMuchMemory("decoding the image", bytes, of: total)
    }
    let missing = max(0, bytes - (largeFile ?? 0))
    if largeFile == nil { take(missing) } else { takeFirst(missing) }
    defer { state.update { $0.free += missing } }
    return try body()
  }

  /// Runs `body` while `bytes` of the budget are set aside for something else than a file. The
  /// caller holds no memory for a file at this time.
  ///
  /// - Parameter work: what needs the memory, for the message.
  /// - Throws: a failure where that is more than the whole budget, and what `body` throws.
  public func holding<Result>(
    _ bytes: Int, for work: String, _ body: () throws(ItemFailure) -> Result
  ) throws(ItemFailure) -> Result {
    guard bytes <= total else { throw .needsTooMuchMemory(work, bytes, of: total) }
    take(bytes)
    defer { state.update { $0.free += bytes } }
    return try body()
  }

  /// Sets memory aside in turn.
  private func take(_ bytes: Int) {
    let own = state.update { state in
      defer { state.nextTurn += 1 }
      return state.nextTurn
    }
    state.wait { state -> Bool? in
      guard state.turn == own, state.free >= bytes, !state.isLargeFileWaiting else { return nil }
      state.free -= bytes
      return true
    }
    // The next one in the queue waits for this change.
    state.update { $0.turn += 1 }
  }

  /// Sets memory aside before everybody whose turn it would be: the others who hold memory give it
  /// back without asking for more.
  private func takeFirst(_ bytes: Int) {
    state.update { $0.isLargeFileWaiting = true }
    state.wait { state -> Bool? in
      guard state.free >= bytes else { return nil }
      state.free -= bytes
      return true
    }
    state.update { $0.isLargeFileWaiting = false }
  }
}
