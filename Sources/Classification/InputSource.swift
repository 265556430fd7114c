public import System

/// The inputs of a run as the user gave them. Files and directories are opened during the run.
public struct InputSource: Sendable {
  /// One input that the user named.
  public enum Input: Sendable, Equatable {
    /// A file, or a directory, which stands for all images in it and in the directories below it.
    case path(RawPath)
    /// A path that becomes one record, even if it is a directory or does not exist.
    case file(RawPath)
    /// One image from standard input.
    case standardInput
    /// A list of paths, each of a file or a directory. The list is a file, or standard input if
    /// `path` is nil.
    case list(path: RawPath?, separator: ListSeparator)
  }

  public var inputs: [Input]

  public init(_ inputs: [Input]) {
    self.inputs = inputs
  }
}
