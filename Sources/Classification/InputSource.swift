public import System

/// The inputs of a run as the user gave them. Files and directories are opened during the run.
public struct InputSource: Sendable {
  /// One input that the user named.
  public enum Input: Sendable, Equatable {
    /// A file; a directory, which stands for all images in it and in the directories below it; or a
    /// tar archive, which stands for all images in it.
    case path(RawPath)
    /// A path that becomes one record, even if it is a directory or does not exist.
    case file(RawPath)
    /// One image from standard input.
    case standardInput
    /// A list of paths, each of a file or a directory. The list is a file, or standard input if
    /// `path` is nil.
    case list(path: RawPath?, separator: ListSeparator)

    /// Whether this is a tar archive, which stands for all images in it.
    public var isArchive: Bool {
      if case .path(let path) = self { ArchiveMembers.isArchive(path) } else { false }
    }
  }

  public var inputs: [Input]
  /// The part of the inputs that this run takes; nil for all.
  public var shard: Shard?
  /// Inputs that this run passes over, since an earlier one has recorded them.
  public var recorded: RecordedInputs?

  public init(_ inputs: [Input]) {
    self.inputs = inputs
  }
}
