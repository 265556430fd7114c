public import System

/// The inputs of a run as the user gave them. Files and directories are opened during the run.
public struct InputSource: Sendable {
  /// One input that the user named.
  public enum Input: Sendable, Equatable {
    /// A file or a FIFO; a directory, which stands for all images in it and in the directories
    /// below it; or a tar archive, which stands for all images in it.
    case path(RawPath)
    /// A path that becomes one record, even if it is a directory or does not exist.
    case file(RawPath)
    /// A member of a tar archive, whose contents begin at `offset` and have `count` bytes.
    case member(RawPath, of: RawPath, offset: Int, count: Int)
    /// One image from standard input, or the images of a tar archive.
    case standardInput
    /// A list of paths, each of a file or a directory. The list is a file, or standard input if
    /// `path` is nil.
    case list(path: RawPath?, separator: ListSeparator)

    /// Whether this is, or may be, a tar archive, which stands for all images in it.
    public var mayBeArchive: Bool {
      switch self {
      case .path(let path):
        (try? FileStatus(of: path))?.kind == .fifo || ArchiveMembers.kind(of: path) != .other
      case .standardInput: true
      case .file, .member, .list: false
      }
    }
  }

  public var inputs: [Input]
  /// The part of the inputs that this run takes; nil for all.
  public var shard: Shard?
  /// Inputs that this run skips, since an earlier one has recorded them.
  public var recorded: RecordedInputs?

  public init(_ inputs: [Input]) {
    self.inputs = inputs
  }
}
