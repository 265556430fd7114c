import Classification
import Synchronization
import System
import Threads

/// How many inputs there will be, counted beside the work so that it never waits for that.
final class InputCount: Sendable {
  private let result = Mutex<Int?>(nil)

  /// Nil while it is not known, and for good where a list is still being written.
  var value: Int? { result.withLock { $0 } }

  func start(_ source: InputSource, stop: StopFlag) {
    let isKnowable = source.inputs.allSatisfy { input in
      if case .list = input { false } else { true }
    }
    guard isKnowable else { return }
    // Where no thread is to be had, there is no total.
    _ = try? WorkerThread {
      var count = 0
      for input in source.inputs {
        guard case .path(let path) = input, (try? FileStatus(of: path))?.kind == .directory else {
          count += 1
          continue
        }
        let walk = DirectoryWalk(path)
        while walk.next() != nil {
          count += 1
          if stop.isRaised { return }
        }
      }
      self.result.withLock { [count] in $0 = count }
    }
  }
}
