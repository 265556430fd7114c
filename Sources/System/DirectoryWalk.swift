/// Lists the files with certain extensions in a directory and all directories below it, in the
/// order of the bytes of their paths.
///
/// Hidden entries are skipped. Links are followed, but each directory is entered only once, so that
/// the walk ends even if links form a loop. Only the listings of the directories between the root
/// and the current one are in memory.
public final class DirectoryWalk {
  public enum Entry: Equatable {
    /// A path with a wanted extension. It may be something else than a regular file.
    case file(RawPath)
    /// A directory that could not be listed, or not completely.
    case unreadable(RawPath, SystemError)
  }

  /// The files with other extensions that have been met so far.
  public private(set) var passedOver = OtherFiles()
  /// The number of these files.
  public var otherFiles: Int { passedOver.count }

  private let extensions: [[UInt8]]
  private let isWanted: ((RawPath) -> Bool)?
  private let isSkipped: ((RawPath) -> Bool)?
  private var visited: Set<FileIdentity> = []
  /// The directories that are being walked, the root first.
  private var open: [Level] = []
  /// Failures that ``next()`` has yet to return.
  private var failures: [Entry] = []

  private struct Level {
    let path: RawPath
    let listing: DirectoryListing
    var position = 0
  }

  /// - Parameters:
  ///   - extensions: the extensions of the wanted files, in lower case and without the dot.
  ///   - isWanted: asked about each file whose name has no extension; nil if none is wanted.
  ///   - isSkipped: asked about each directory below the root; nil if none is skipped.
  public init(
    _ root: RawPath, extensions: [String], orWanted isWanted: ((RawPath) -> Bool)? = nil,
    skipping isSkipped: ((RawPath) -> Bool)? = nil
  ) {
    self.isWanted = isWanted
    self.isSkipped = isSkipped
    self.extensions = extensions.map { Array($0.utf8) }
    enter(root)
  }

  /// The next entry; nil at the end.
  ///
  /// - Parameter stop: ends the walk when it is raised.
  public func next(stop: StopFlag? = nil) -> Entry? {
    while stop?.isRaised != true {
      if let failure = failures.popLast() { return failure }
      guard var level = open.popLast() else { return nil }
      guard level.position < level.listing.count else { continue }
      let (name, isDirectory) = level.listing[level.position]
      level.position += 1
      let path = level.path.appending(name)
      // When the last entry of a directory has been taken, its listing is not needed any more.
      if level.position < level.listing.count { open.append(level) }
      if !isDirectory { return .file(path) }
      if isSkipped?(path) != true { enter(path) }
    }
    return nil
  }

  private func enter(_ path: RawPath) {
    do {
      let directory = try OpenDirectory(path)
      guard visited.insert(try directory.identity()).inserted else { return }
      var listing = DirectoryListing()
      let failure = directory.list { name, kind in
        let isDirectory = kind == .directory
        if isDirectory || hasExtension(name) || mayBeWanted(name, in: path) {
          listing.append(name, isDirectory: isDirectory)
        } else {
          passedOver.add(name: name) { path.appending(name) }
        }
      }
      listing.sort()
      open.append(Level(path: path, listing: listing))
      if let failure { failures.append(.unreadable(path, failure)) }
    } catch {
      failures.append(.unreadable(path, error))
    }
  }

  private func mayBeWanted(_ name: [UInt8], in folder: RawPath) -> Bool {
    guard let isWanted, fileExtension(of: name[...]).isEmpty else { return false }
    return isWanted(folder.appending(name))
  }

  private func hasExtension(_ name: [UInt8]) -> Bool {
    extensions.contains { wanted in
      name.count > wanted.count + 1 && name[name.count - wanted.count - 1] == UInt8(ascii: ".")
        && zip(name.suffix(wanted.count), wanted).allSatisfy { lowercased($0) == $1 }
    }
  }
}

/// The names in one directory, in one array of bytes. They can be sorted in the order of the paths
/// of all files below.
struct DirectoryListing {
  private struct Item {
    let start: Int
    let count: Int32
    let isDirectory: Bool
  }

  /// All names. The name of a directory has a slash after it, so that it sorts as the paths of the
  /// files in the directory do.
  private var bytes: [UInt8] = []
  private var items: [Item] = []

  var count: Int { items.count }

  mutating func append(_ name: [UInt8], isDirectory: Bool) {
    items.append(Item(start: bytes.count, count: Int32(name.count), isDirectory: isDirectory))
    bytes += name
    if isDirectory { bytes.append(UInt8(ascii: "/")) }
  }

  mutating func sort() {
    let bytes = bytes
    func key(_ item: Item) -> ArraySlice<UInt8> {
      bytes[item.start..<(item.start + Int(item.count) + (item.isDirectory ? 1 : 0))]
    }
    items.sort { key($0).lexicographicallyPrecedes(key($1)) }
  }

  subscript(position: Int) -> (name: ArraySlice<UInt8>, isDirectory: Bool) {
    let item = items[position]
    return (bytes[item.start..<(item.start + Int(item.count))], item.isDirectory)
  }
}
