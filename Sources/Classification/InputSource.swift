public import System

/// What to classify, as it was asked for: nothing is opened or listed before the run.
public struct InputSource: Sendable {
  /// One thing named by the user.
  public enum Input: Sendable, Equatable {
    /// A file, or a directory and all images below it.
    case path(RawPath)
    /// A file, which becomes one record whatever is there.
    case file(RawPath)
    /// One image from standard input.
    case standardInput
    /// A file of paths (each a file or a directory), or standard input where `path` is nil.
    case list(path: RawPath?, separator: ListSeparator)
  }

  public var inputs: [Input]

  public init(_ inputs: [Input]) {
    self.inputs = inputs
  }
}
