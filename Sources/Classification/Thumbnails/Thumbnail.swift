public import Images

/// A small copy of a photo as a JPEG file.
public enum Thumbnail {
  /// The longest side of the copy, in pixels: sharp at 80 CSS pixels on screens of two pixels each,
  /// and still clear at twice that size.
  public static let side = 160
  /// On the scale of libjpeg. With 160 x 120 pixels, most photos take 4 to 7 KB.
  public static let quality = 75

  /// The file of a photo that has the size of a thumbnail; nil where the library cannot write it,
  /// for which there is no reason but a lack of memory.
  public static func file(_ photo: RGBImage) -> [UInt8]? {
    try? photo.jpegFile(quality: quality)
  }
}

/// An answer, and the thumbnail of the photo that it is about.
public struct Illustrated<Answer: Sendable>: Sendable {
  public let answer: Answer
  /// A JPEG file; nil where it could not be made.
  public let thumbnail: [UInt8]?

  public init(_ answer: Answer, thumbnail: [UInt8]?) {
    self.answer = answer
    self.thumbnail = thumbnail
  }
}
