import ArgumentParser
import System

/// Paths alone as results, for other programs.
struct PathOptions: ParsableArguments {
  @Flag(help: "Only the paths of the photos, one on each line, for other programs.")
  var pathsOnly = false

  @Flag(help: "The same, with a null byte after each path, as 'xargs -0' reads them.")
  var print0 = false

  /// What ends each path; nil where results are not paths alone.
  var separator: ListSeparator? {
    if print0 { return .nul }
    return pathsOnly ? .newline : nil
  }
}
