import Search
import System

/// Leads from the paths of an index to files. Relative paths begin at the folder in which the index
/// was made.
struct IndexPaths {
  /// What stands before relative paths; nil if they begin at the current folder.
  private let folder: RawPath?

  init(_ description: IndexDescription) {
    guard let folder = description.folder.map({ RawPath($0) }), folder != workingDirectory() else {
      self.folder = nil
      return
    }
    self.folder = folder
  }

  /// Whether relative paths begin at another folder than the current one.
  var areElsewhere: Bool { folder != nil }

  func file(_ path: RawPath) -> RawPath {
    guard let folder, !path.isAbsolute else { return path }
    return folder.appending(path.bytes)
  }

  /// Nil where there is no file.
  func status(_ path: RawPath) -> FileStatus? { try? FileStatus(of: file(path)) }
}
