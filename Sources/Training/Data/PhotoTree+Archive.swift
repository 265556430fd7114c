import Classification
import Images
import System

extension PhotoTree {
  /// The photos in a tar archive. Of several members of one name the last counts, as it does when
  /// the archive is unpacked.
  init(archive root: RawPath) throws(TrainingDataError) {
    var builder = ArchiveTree(root: root)
    do throws(TarError) {
      var reader = try TarReader(opening: root)
      while let member = try reader.next() { builder.add(member) }
    } catch {
      throw .archive(error)
    }
    let levels = builder.levels()
    self.init(
      root: root, items: builder.items(), failures: builder.failures,
      otherFiles: builder.otherFiles
    ) { path in levels[path] ?? Level(folders: [], photos: 0) }
  }
}

/// Collects the members of an archive.
private struct ArchiveTree {
  let root: RawPath
  private var photos: [RawPath: PhotoContent] = [:]
  private var folders: Set<RawPath> = []
  private(set) var failures: [(path: RawPath, failure: ItemFailure)] = []
  private(set) var otherFiles = 0

  init(root: RawPath) {
    self.root = root
  }

  mutating func add(_ member: TarMember) {
    let isPhoto = ImageFormat.allFileExtensions.contains(member.name.lowercasedExtension)
    guard let path = member.relativePath else {
      if member.kind == .file && isPhoto {
        failures.append(
          (
            member.name,
            ItemFailure(.unsupportedFeature, "its name leads out of the archive")
          ))
      }
      return
    }
    guard !path.hasHiddenPart else { return }
    if member.kind == .folder {
      addFolders(path)
      return
    }
    let slash = path.bytes.lastIndex(of: UInt8(ascii: "/"))
    if let slash { addFolders(RawPath(path.bytes[..<slash])) }
    if member.kind == .sparse && isPhoto {
      failures.append(
        (
          member.name,
          ItemFailure(
            .unsupportedFeature,
            "a sparse file cannot be read from an archive; make the archive without --sparse")
        ))
    } else if member.kind == .file && isPhoto {
      photos[path] = .member(of: root, offset: member.offset, count: member.count)
    } else {
      otherFiles += 1
    }
  }

  /// Adds a folder and those that it is in.
  private mutating func addFolders(_ path: RawPath) {
    var path = path
    while !path.isEmpty, folders.insert(path).inserted {
      let slash = path.bytes.lastIndex(of: UInt8(ascii: "/"))
      path = RawPath(path.bytes[..<(slash ?? 0)])
    }
  }

  func items() -> [PhotoTree.Item] {
    photos.map { PhotoTree.Item(path: $0.key, content: $0.value) }
  }

  /// By folder, what is in it.
  func levels() -> [RawPath: PhotoTree.Level] {
    var levels: [RawPath: PhotoTree.Level] = [:]
    func parent(_ path: RawPath) -> RawPath {
      RawPath(path.bytes[..<(path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)])
    }
    let none = PhotoTree.Level(folders: [], photos: 0)
    for folder in folders.sorted() {
      levels[parent(folder), default: none].folders.append(RawPath(folder.lastComponent))
    }
    for path in photos.keys { levels[parent(path), default: none].photos += 1 }
    return levels.mapValues {
      PhotoTree.Level(folders: $0.folders.sorted(), photos: $0.photos)
    }
  }
}

extension RawPath {
  fileprivate var hasHiddenPart: Bool {
    bytes.split(separator: UInt8(ascii: "/")).contains { $0.first == UInt8(ascii: ".") }
  }
}
