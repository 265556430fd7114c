import Search
import System

/// A photo of an index that looks like a query.
struct SimilarPhoto {
  let rank: Int
  let photo: IndexedPhoto
  /// -1 to 1.
  let similarity: Float
}

/// Finds the photos of an index that look most like a photo.
struct SimilarPhotosFinder {
  let search: NeighbourSearch
  let paths: IndexPaths
  /// The most photos.
  let count: Int
  /// The lowest similarity.
  let minimum: Float
  /// Whether a query may be among its results.
  let includesSelf: Bool

  /// The most similar photos, the most similar first.
  ///
  /// - Parameters:
  ///   - features: of the query.
  ///   - file: the file of the query, which is left out under all of its names unless
  ///     ``includesSelf``; nil where it has none.
  func photos(like features: [Float], file: RawPath?) -> [SimilarPhoto] {
    let query = search.query(features)
    let own = includesSelf ? nil : file.flatMap { try? FileStatus(of: $0) }?.identity
    var wanted = min(count, search.index.count)
    if own != nil { wanted = min(search.index.count, wanted + 1) }
    while true {
      let found = search.neighbours(of: query, count: wanted, minimum: minimum)
      let others = found.filter { neighbour in
        own == nil || paths.status(search.index.path(neighbour.row))?.identity != own
      }
      // A file may be in the index under several names.
      if others.count < count, found.count == wanted, wanted < search.index.count {
        wanted = min(search.index.count, wanted * 2)
        continue
      }
      return others.prefix(count).enumerated().map { index, neighbour in
        SimilarPhoto(
          rank: index + 1, photo: search.index.photo(neighbour.row),
          similarity: neighbour.similarity)
      }
    }
  }
}
