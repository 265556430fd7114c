import System

/// The photos that earlier runs have put into folders below the folder of `--into`. These are left
/// where they are.
struct SortedPhotos {
  /// The folder's path with all links followed, with a slash behind it; nil where it does not exist
  /// yet, so that nothing is in it.
  private let place: [UInt8]?
  /// Folders of photos that were met, by whether they are below.
  private var folders: [RawPath: Bool] = [:]
  /// How many photos there were.
  private(set) var count = 0

  init(in folder: RawPath) {
    place = folder.resolved?.appending([]).bytes
  }

  /// Whether a photo is one of them, which is then counted.
  mutating func take(_ photo: RawPath) -> Bool {
    guard let place else { return false }
    let folder = photo.parent
    let isBelow =
      folders[folder] ?? folder.resolved.map { $0.appending([]).bytes }.map {
        $0.count > place.count && $0.starts(with: place)
      } ?? false
    folders[folder] = isBelow
    if isBelow { count += 1 }
    return isBelow
  }
}
