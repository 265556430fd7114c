import Synchronization
public import System

/// The inputs that an earlier run has recorded, which a run that continues skips. A path that
/// was recorded twice is skipped twice. It also remembers which folders, lists, archives and
/// streams the run has opened.
public final class RecordedInputs: Sendable {
  /// A path, and the archive that it is in.
  public struct Key: Sendable, Hashable {
    public let path: RawPath
    public let archive: RawPath?

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
    var hasTakenFailure = false

    mutating func take() -> Outcome? {
      if answered > 0 {
        answered -= 1
        return .answered
      }
      guard failed > 0 else { return nil }
      failed -= 1
      hasTakenFailure = true
      return .failed
    }
  }

  private let remaining: Mutex<[Key: Records]>
  private let opened = Mutex<(folders: [RawPath], others: Set<RawPath>)>(([], []))

  /// How many records there are.
  public let count: Int

  public init(_ records: some Sequence<(key: Key, outcome: Outcome)>) {
    var remaining: [Key: Records] = [:]
    var count = 0
    for record in records {
      count += 1
      switch record.outcome {
      case .answered: remaining[record.key, default: Records()].answered += 1
      case .failed: remaining[record.key, default: Records()].failed += 1
      }
    }
    self.count = count
    self.remaining = Mutex(remaining)
  }

  /// Notes that what stands for other inputs was opened.
  func open(_ path: RawPath, isFolder: Bool) {
    opened.withLock { opened in
      if isFolder { opened.folders.append(path) } else { opened.others.insert(path) }
    }
  }

  /// Whether a folder, a list, an archive or a stream was opened, or for a folder, one that it is
  /// in.
  public func hasOpened(_ path: RawPath) -> Bool {
    opened.withLock { opened in
      if opened.others.contains(path) || opened.folders.contains(path) { return true }
      guard (try? FileStatus(of: path))?.kind == .directory else { return false }
      return opened.folders.contains { path.bytes.starts(with: $0.appending([]).bytes) }
    }
  }

  /// Whether a record of the path was taken that says that it failed.
  public func hasTakenFailure(_ key: Key) -> Bool {
    remaining.withLock { $0[key]?.hasTakenFailure ?? false }
  }

  /// Takes a record of the path; nil if there is none that was not taken before.
  func take(_ key: Key) -> Outcome? {
    remaining.withLock { $0[key]?.take() }
  }
}
