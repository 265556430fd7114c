import System

/// Where photos were before they were moved, so that links among them still lead to theirs.
struct Moves {
  /// By link, the file that it led to before anything was moved.
  private var destinations: [RawPath: RawPath] = [:]
  /// By file, its path before it was moved, with all links followed.
  private var origins: [RawPath: RawPath] = [:]
  /// By that path, where the file is now.
  private var places: [RawPath: RawPath] = [:]

  /// - Parameter photos: what is to be moved; nothing where photos are copied.
  init(_ photos: [RawPath]) {
    for photo in photos {
      let path = photo.absolute
      guard let file = path.resolved else { continue }
      if (try? path.contentsOfLink()) ?? nil != nil {
        destinations[path] = file
      } else {
        origins[path] = file
      }
    }
  }

  /// The same photos, but the links after all others.
  func linksLast<Photo>(_ photos: [Photo], _ path: (Photo) -> RawPath) -> [Photo] {
    guard !destinations.isEmpty else { return photos }
    let isLink = photos.map { destinations[path($0).absolute] != nil }
    return zip(photos, isLink).filter { !$0.1 }.map(\.0)
      + zip(photos, isLink).filter(\.1).map(\.0)
  }

  /// What a link says that is to be moved, and what it has to say in its new place; nil for other
  /// files, and for what is not moved.
  func link(_ source: RawPath) throws(SystemError) -> (before: RawPath, after: RawPath)? {
    guard let destination = destinations[source], let before = try source.contentsOfLink() else {
      return nil
    }
    if let place = places[destination] { return (before, place) }
    let next = before.isAbsolute ? before : source.parent.appending(before.bytes)
    // Another link may be moved, too, or was.
    let isFile = (try? FileStatus(of: next, followingLinks: false))?.kind == .regular
    return (before, isFile ? next : destination)
  }

  /// Notes that a file has been moved.
  mutating func note(_ source: RawPath, to place: RawPath) {
    if let origin = origins[source] { places[origin] = place }
  }
}
