import Classification
import Images
import System

/// The files of a folder or a tar archive that are photos by their names, and the folders that they
/// are in. All paths are relative to the root, which is the empty path.
///
/// Hidden files and folders are left out.
struct PhotoTree {
  struct Item {
    let path: RawPath
    let content: PhotoContent
  }

  /// What lies directly in a folder.
  struct Level: Equatable {
    /// Names, sorted byte by byte.
    var folders: [RawPath]
    /// How many photos.
    var photos: Int
  }

  /// A folder whose folders are classes.
  struct ClassFolder {
    let path: RawPath
    let level: Level
  }

  /// Sets of photos beside each other, each with folders of the classes.
  struct Sets: Equatable {
    let training: RawPath
    let validation: RawPath
  }

  let root: RawPath
  /// Each path once.
  let items: [Item]
  let failures: [(path: RawPath, failure: ItemFailure)]
  let otherFiles: Int
  private let listing: (RawPath) throws(TrainingDataError) -> Level

  init(
    root: RawPath, items: [Item], failures: [(path: RawPath, failure: ItemFailure)],
    otherFiles: Int, listing: @escaping (RawPath) throws(TrainingDataError) -> Level
  ) {
    self.root = root
    self.items = items
    self.failures = failures
    self.otherFiles = otherFiles
    self.listing = listing
  }

  init(_ data: RawPath) throws(TrainingDataError) {
    let isFolder = (try? FileStatus(of: data).kind) == .directory
    self = isFolder ? try PhotoTree(folder: data) : try PhotoTree(archive: data)
  }

  /// The path as messages name it.
  func fullPath(_ path: RawPath) -> RawPath {
    path.isEmpty ? root : root.appending(path.bytes)
  }

  private func level(_ path: RawPath) throws(TrainingDataError) -> Level {
    var level = try listing(path)
    // macOS puts this folder, which holds no data of the user's, into ZIP files.
    level.folders.removeAll { $0 == "__MACOSX" }
    return level
  }

  /// More folders inside each other are no wrapping, but a loop of links.
  private static let deepestWrapping = 4

  /// The folder of the classes: `start` or, where that holds one folder and no photos, and the
  /// folder holds folders again, that one. One class alone could not be trained.
  ///
  /// - Parameter known: a folder that is one of these classes is not skipped.
  func classFolder(
    below start: RawPath = RawPath(""), known: ClassTable? = nil
  ) throws(TrainingDataError) -> ClassFolder {
    var found = ClassFolder(path: start, level: try level(start))
    for _ in 0..<Self.deepestWrapping {
      guard found.level.photos == 0, found.level.folders.count == 1,
        let name = found.level.folders.first,
        known.map({ $0.find(ClassName(name.repaired)) == .none }) ?? true
      else { break }
      let path = found.path.appending(name.bytes)
      // With photos beside it, one folder is a part of a class, but several are classes.
      guard let inner = try? level(path), inner.folders.count >= (inner.photos == 0 ? 1 : 2) else {
        break
      }
      found = ClassFolder(path: path, level: inner)
    }
    return found
  }

  private static let trainingNames = ["train", "training"]
  /// The first that is there is used.
  private static let validationNames = ["validation", "valid", "val", "test"]

  /// The sets in `folder`, where no other folder in it has photos; nil where its folders are
  /// classes. Names may be in any case.
  ///
  /// - Throws: where another folder has photos, and both sets have a folder of the same name,
  ///   because nothing says what the other folder is for.
  func sets(in folder: ClassFolder) throws(TrainingDataError) -> Sets? {
    func path(_ name: RawPath) -> RawPath { folder.path.appending(name.bytes) }
    func find(_ wanted: String) -> RawPath? {
      folder.level.folders.first { $0.repaired.lowercased() == wanted }
    }
    guard let training = Self.trainingNames.lazy.compactMap(find).first,
      let validation = Self.validationNames.lazy.compactMap(find).first
    else { return nil }
    let names = Set(Self.trainingNames + Self.validationNames)
    let others = folder.level.folders.filter { !names.contains($0.repaired.lowercased()) }
    let withPhotos = others.filter { other in
      let other = path(other)
      return items.contains { $0.path.isInside(other) }
    }
    let sets = Sets(training: path(training), validation: path(validation))
    if withPhotos.isEmpty { return sets }
    let folders = try [sets.training, sets.validation].map { (set) throws(TrainingDataError) in
      try Set(level(set).folders.map { ClassName($0.repaired).key.lowercased() })
    }
    guard folders[0].isDisjoint(with: folders[1]) else {
      throw .severalSets(
        fullPath(folder.path), folders: ([training, validation] + withPhotos).map(\.repaired))
    }
    return nil
  }
}

extension RawPath {
  /// Whether this path is `folder` or leads to something inside it; everything is inside the empty
  /// path.
  func isInside(_ folder: RawPath) -> Bool {
    guard bytes.starts(with: folder.bytes) else { return false }
    return folder.isEmpty || bytes.count == folder.bytes.count
      || bytes[folder.bytes.count] == UInt8(ascii: "/")
  }
}
