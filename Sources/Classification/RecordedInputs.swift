import Synchronization
public import System

/// The inputs that an earlier run has recorded, which a run that continues skips. A path that
/// was recorded twice is skipped twice.
public final class RecordedInputs: Sendable {
  /// A path, and the archive that it is in.
  public struct Key: Sendable, Hashable {
    let path: RawPath
    let archive: RawPath?

    public init(_ path: RawPath, archive: RawPath?) {
      self.path = path
      self.archive = archive
    }
  }

  /// What a record says of its input.
  public enum Outcome: Sendable {
    case answered
    case failed
  }

  private struct Records {
    var answered = 0
    var failed = 0

    mutating func take() -> Outcome? {
      if answered > 0 {
        answered -= 1
        return .answered
      }
      guard failed > 0 else { return nil }
      failed -= 1
      return .failed
    }
  }

  private let remaining: Mutex<[Key: Records]>
  /// How many records there are.
  public let count: Int

  public init(_ records: [(key: Key, outcome: Outcome)]) {
    count = records.count
    remaining = Mutex(
      records.reduce(into: [:]) { remaining, record in
        switch record.outcome {
        case .answered: remaining[record.key, default: Records()].answered += 1
        case .failed: remaining[record.key, default: Records()].failed += 1
        }
      })
  }

  /// Takes a record of the path; nil if there is none that was not taken before.
  func take(_ key: Key) -> Outcome? {
    remaining.withLock { $0[key]?.take() }
  }
}
