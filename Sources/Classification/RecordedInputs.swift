import Synchronization
public import System

/// The inputs that an earlier run has recorded, which a run that goes on passes over. A path that
/// was recorded twice is passed over twice.
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

  private let remaining: Mutex<[Key: Int]>
  /// How many records there are.
  public let count: Int

  public init(_ keys: [Key]) {
    count = keys.count
    remaining = Mutex(keys.reduce(into: [:]) { $0[$1, default: 0] += 1 })
  }

  /// Whether the path was recorded once more than it was taken.
  func take(_ key: Key) -> Bool {
    remaining.withLock { remaining in
      guard let number = remaining[key] else { return false }
      remaining[key] = number > 1 ? number - 1 : nil
      return true
    }
  }
}
