import Classification
import Synchronization
import System
import Threads

/// Counts the inputs of a run on a thread of its own, so that the run does not wait for it.
final class InputCount: Sendable {
  private let result = Mutex<Int?>(nil)

  /// The number of inputs. It is nil until they have been counted, and stays nil if one of the
  /// inputs is a list of files, which may still be growing, or may be an archive.
  var value: Int? { result.withLock { $0 } }

  func start(_ source: InputSource, stop: StopFlag) {
    let isKnowable = source.inputs.allSatisfy { input in
      if case .list = input { false } else { !input.mayBeArchive }
    }
    guard isKnowable else { return }
    @Sendable func isInShard(_ path: RawPath) -> Bool { source.shard?.contains(path) ?? true }
    // If no thread can be started, the progress bar shows no total, and the run goes on.
    _ = try? WorkerThread {
      var count = 0
      for input in source.inputs {
        // A path that cannot be examined counts as one input, which the run reports as failed.
        guard case .path(let path) = input, (try? FileStatus(of: path))?.kind == .directory else {
          if case .path(let path) = input, !isInShard(path) { continue }
          count += 1
          continue
        }
        let walk = DirectoryWalk.pictures(in: path)
        while let next = walk.next(stop: stop) {
          let path =
            switch next {
            case .file(let path), .unreadable(let path, _): path
            }
          if isInShard(path) { count += 1 }
        }
        if stop.isRaised { return }
      }
      // Those that were recorded are most likely among them.
      count = max(0, count - (source.recorded?.count ?? 0))
      self.result.withLock { [count] in $0 = count }
    }
  }
}
