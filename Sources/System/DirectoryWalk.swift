/// The files below a directory whose names have one of some extensions, sorted by path, byte by
/// byte.
///
/// Hidden entries are skipped, links are followed, and each directory is entered once, so that
/// loops end. Only the directories between the root and the current place are held in memory.
public final class DirectoryWalk {
  public enum Entry: Equatable {
    /// Its name has a wanted extension; what it is shows when it is opened.
    case file(RawPath)
    /// A directory that could not be listed, or not to its end.
    case unreadable(RawPath, SystemError)
  }

  /// How many files had other extensions so far.
  public private(set) var otherFiles = 0

  private let extensions: [[UInt8]]
  private var visited: Set<FileIdentity> = []
  /// The directories that are being walked, the root first.
  private var open: [Level] = []
  /// Failures that come before the next entry.
  private var failures: [Entry] = []

  private struct Level {
    let path: RawPath
    let listing: DirectoryListing
    var position = 0
  }

  /// - Parameter extensions: those of the wanted files, in lower case and without the dot.
  public init(_ root: RawPath, extensions: [String]) {
    self.extensions = extensions.map { Array($0.utf8) }
    enter(root)
  }

  /// The next entry; nil at the end.
  public func next() -> Entry? {
    while true {
      if let failure = failures.popLast() { return failure }
      guard var level = open.popLast() else { return nil }
      guard level.position < level.listing.count else { continue }
      let (name, isDirectory) = level.listing[level.position]
      level.position += 1
      let path = level.path.appending(name)
      // A directory that has nothing more to give is not kept while its last child is walked.
      if level.position < level.listing.count { open.append(level) }
      if !isDirectory { return .file(path) }
      enter(path)
    }
  }

  private func enter(_ path: RawPath) {
    do {
      let directory = try OpenDirectory(path)
      guard visited.insert(try directory.identity()).inserted else { return }
      var listing = DirectoryListing()
      let failure = directory.list { name, kind in
        let isDirectory = kind == .directory
        if isDirectory || hasExtension(name) {
          listing.append(name, isDirectory: isDirectory)
        } else {
          otherFiles += 1
        }
      }
      listing.sort()
      open.append(Level(path: path, listing: listing))
      if let failure { failures.append(.unreadable(path, failure)) }
    } catch {
      failures.append(.unreadable(path, error))
    }
  }

  private func hasExtension(_ name: [UInt8]) -> Bool {
    extensions.contains { wanted in
      name.count > wanted.count + 1 && name[name.count - wanted.count - 1] == UInt8(ascii: ".")
        && zip(name.suffix(wanted.count), wanted).allSatisfy { lowercased($0) == $1 }
    }
  }
}

/// The names in one directory, packed, in the order of the full paths below them.
struct DirectoryListing {
  private struct Item {
    let start: Int
    let count: Int32
    let isDirectory: Bool
  }

  /// All names, each with a slash after it where it is a directory's: so they sort as the paths of
  /// what is inside.
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
