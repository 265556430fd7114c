public import Classification
import Images
public import ModelLibrary
public import System

extension InputSource {
  /// At most `limit` images of a folder, spread evenly over the sorted order of their paths.
  ///
  /// Folders below it that cannot be read are inputs too, so that a run reports them.
  ///
  /// - Throws: ``ModelError/noImages(folder:reason:)`` if the folder itself cannot be read.
  public init(calibratingOn folder: RawPath, atMost limit: Int) throws(ModelError) {
    let walk = DirectoryWalk(folder, extensions: ImageFormat.allFileExtensions)
    var images: [RawPath] = []
    var unreadable: [RawPath] = []
    while let entry = walk.next() {
      switch entry {
      case .file(let path): images.append(path)
      case .unreadable(folder, let error):
        throw .noImages(folder: folder.repaired, reason: error)
      case .unreadable(let path, _): unreadable.append(path)
      }
    }
    let count = min(limit, images.count)
    self.init(
      (0..<count).map { .file(images[$0 * images.count / count]) } + unreadable.map { .path($0) })
  }
}
