/// Whether a directory has entries that are not hidden.
public func hasVisibleEntries(_ path: RawPath) throws(SystemError) -> Bool {
  var found = false
  let failure = try OpenDirectory(path).list { _, _ in found = true }
  if let failure { throw failure }
  return found
}

/// The entries of one directory that are not hidden. Both lists are sorted by the bytes of the
/// names.
public struct FolderListing: Sendable, Equatable {
  /// The names of directories, and of links to directories.
  public private(set) var directories: [RawPath] = []
  /// The names of files with a wanted extension.
  public private(set) var files: [RawPath] = []

  /// - Parameter extensions: the extensions of the wanted files, in lower case and without the dot.
  /// - Throws: ``SystemError`` if the directory cannot be listed completely.
  public init(of path: RawPath, extensions: [String]) throws(SystemError) {
    let directory = try OpenDirectory(path)
    var directories: [RawPath] = []
    var files: [RawPath] = []
    let failure = directory.list { bytes, kind in
      let name = RawPath(bytes)
      if kind == .directory {
        directories.append(name)
      } else if extensions.contains(name.lowercasedExtension) {
        files.append(name)
      }
    }
    if let failure { throw failure }
    self.directories = directories.sorted()
    self.files = files.sorted()
  }
}
