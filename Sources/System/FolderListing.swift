/// What lies directly in one directory, hidden entries left out, each kind sorted byte by byte.
public struct FolderListing: Sendable, Equatable {
  /// The names of directories, and of links to them.
  public private(set) var directories: [RawPath] = []
  /// The names of files that are images by their names: see ``DirectoryWalk/imageExtensions``.
  public private(set) var images: [RawPath] = []

  /// - Throws: where the directory cannot be listed to its end.
  public init(of path: RawPath) throws(SystemError) {
    let directory = try OpenDirectory(path)
    var directories: [RawPath] = []
    var images: [RawPath] = []
    let failure = directory.list { bytes, kind in
      let name = RawPath(bytes)
      if kind == .directory {
        directories.append(name)
      } else if DirectoryWalk.imageExtensions.contains(name.lowercasedExtension) {
        images.append(name)
      }
    }
    if let failure { throw failure }
    self.directories = directories.sorted()
    self.images = images.sorted()
  }
}
