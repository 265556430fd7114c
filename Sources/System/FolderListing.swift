/// What lies directly in one directory, hidden entries left out, each kind sorted byte by byte.
public struct FolderListing: Sendable, Equatable {
  /// The names of directories, and of links to them.
  public private(set) var directories: [RawPath] = []
  /// The names of files with a wanted extension.
  public private(set) var files: [RawPath] = []

  /// - Parameter extensions: those of the wanted files, in lower case and without the dot.
  /// - Throws: where the directory cannot be listed to its end.
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
