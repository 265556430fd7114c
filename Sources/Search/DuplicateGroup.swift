import Images

/// Photos that are near copies of each other.
public struct DuplicateGroup: Sendable, Equatable {
  public struct Member: Sendable, Equatable {
    /// The row in the index.
    public let row: Int
    public let photo: IndexedPhoto
    /// To the photo to keep.
    public let similarity: Float
    /// The position among ``DuplicateGroup/members`` of an earlier photo with the same bytes; nil
    /// if there is none.
    public let exactCopyOf: Int?
  }

  /// At least two, the one to keep first.
  public let members: [Member]
  /// The lowest similarity of two members.
  public let lowestSimilarity: Float
}

extension IndexedPhoto {
  /// Whether this photo is kept rather than another: the one with more pixels, then the larger
  /// file, then the older file, then the one whose path comes first.
  func isBetter(than other: IndexedPhoto) -> Bool {
    let (pixels, others) = (pixelCount, other.pixelCount)
    if pixels != others { return pixels > others }
    if byteCount != other.byteCount { return byteCount > other.byteCount }
    if modified != other.modified { return modified < other.modified }
    return path < other.path
  }

  private var pixelCount: Int {
    size.width.multipliedReportingOverflow(by: size.height).partialValue
  }
}
