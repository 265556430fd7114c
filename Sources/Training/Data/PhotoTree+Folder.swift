import Classification
import Images
import System

extension PhotoTree {
  /// The photos below a folder. Links are followed, and each folder is entered once. Pictures that
  /// an earlier training wrote are no photos.
  init(folder root: RawPath) throws(TrainingDataError) {
    let prefix = root.appending([0]).bytes.count - 1
    var items: [Item] = []
    var failures: [(path: RawPath, failure: ItemFailure)] = []
    let walk = DirectoryWalk(
      root, extensions: ImageFormat.allFileExtensions, skipping: TrainingFolder.isOne)
    while let entry = walk.next() {
      switch entry {
      case .file(let path):
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
