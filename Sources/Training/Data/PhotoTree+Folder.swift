import Classification
import Images
import System

extension PhotoTree {
  /// The photos below a folder. Links are followed, and each folder is entered once.
  init(folder root: RawPath) throws(TrainingDataError) {
    let prefix = root.appending([0]).bytes.count - 1
    var items: [Item] = []
    var failures: [(path: RawPath, failure: ItemFailure)] = []
    let walk = DirectoryWalk(root, extensions: ImageFormat.allFileExtensions)
    var trainings = TrainingFolders(in: root)
    while let entry = walk.next() {
      switch entry {
      case .file(let path):
        if trainings.contain(path) { continue }
        items.append(Item(path: RawPath(path.bytes.dropFirst(prefix)), content: .file(path)))
      case .unreadable(root, let error):
        throw .unreadable(error)
      case .unreadable(let path, let error):
        failures.append((RawPath(path.bytes.dropFirst(prefix)), ItemFailure(listing: error)))
      }
    }
    self.init(
      root: root, items: items, failures: failures, otherFiles: walk.otherFiles
    ) { (path) throws(TrainingDataError) in
      do throws(SystemError) {
        let folder = path.isEmpty ? root : root.appending(path.bytes)
        let listing = try FolderListing(of: folder, extensions: ImageFormat.allFileExtensions)
        return Level(
          folders: listing.directories.filter {
            !TrainingFolder.isOne(folder.appending($0.bytes))
          }, photos: listing.files.count)
      } catch {
        throw .unreadable(error)
      }
    }
  }
}

/// The folders below another one that earlier trainings wrote: their pictures are no photos.
private struct TrainingFolders {
  private let prefix: Int
  private var known: [RawPath: Bool] = [:]

  init(in root: RawPath) { prefix = root.appending([0]).bytes.count - 1 }

  /// Whether a file below the root is in such a folder.
  mutating func contain(_ file: RawPath) -> Bool {
    for index in file.bytes.indices.dropFirst(prefix) where file.bytes[index] == 0x2F {
      let folder = RawPath(file.bytes[..<index])
      if known[folder, default: false] { return true }
      guard known[folder] == nil else { continue }
      let isOne = TrainingFolder.isOne(folder)
      known[folder] = isOne
      if isOne { return true }
    }
    return false
  }
}
