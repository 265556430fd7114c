import Classification
import Images
import Synchronization
import System
import Threads

/// Counts the inputs of a run on a thread of its own, so that the run does not wait for it.
final class InputCount: Sendable {
  private let result = Mutex<Int?>(nil)

  /// The number of inputs. It is nil until they have been counted, and stays nil if one of the
  /// inputs is a list of files, which may still be growing.
  var value: Int? { result.withLock { $0 } }

  func start(_ source: InputSource, stop: StopFlag) {
    let isKnowable = source.inputs.allSatisfy { input in
      if case .list = input { false } else { true }
    }
    guard isKnowable else { return }
    // If no thread can be started, the progress bar shows no total, and the run goes on.
    _ = try? WorkerThread {
      var count = 0
      for input in source.inputs {
        // A path that cannot be examined counts as one input, which the run reports as failed.
        guard case .path(let path) = input, (try? FileStatus(of: path))?.kind == .directory else {
          count += 1
          continue
        }
        let walk = DirectoryWalk(path, extensions: ImageFormat.allFileExtensions)
        while walk.next() != nil {
          count += 1
          if stop.isRaised { return }
        }
      }
      self.result.withLock { [count] in $0 = count }
    }
  }
}
