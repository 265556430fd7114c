public import Images

/// Makes images of the network's input size from the bytes of an image file.
public protocol PictureSource: Sendable {
  /// How many images are made from each picture.
  var imagesPerPicture: Int { get }
  /// Whether a file that begins with these bytes may be a picture. If not, the rest of the file is
  /// not read, and ``picture(from:memory:)`` is called with these bytes. Its error says what kind
  /// of file it is.
  func isPicture(beginning: Span<UInt8>) -> Bool
  /// - Parameter memory: the file's share of the memory that all files of the run may take.
  func picture(from bytes: Span<UInt8>, memory: FileMemory) throws(ItemFailure) -> Picture
}

extension PictureSource {
  public var imagesPerPicture: Int { 1 }
  public func isPicture(beginning: Span<UInt8>) -> Bool { true }
}

/// A preprocessed picture, and its upright size in the file.
public struct Picture: Sendable {
  /// The images to run the network on. If there are several, their probabilities are averaged.
  public let images: [RGBImage]
  public let fullSize: PixelSize
  /// The whole photo, upright, in a size to draw it in; nil where nobody draws.
  public let photo: RGBImage?
  /// The digest of the file; nil where nobody asks for it.
  var digest: [UInt8]?

  public init(images: [RGBImage], fullSize: PixelSize, photo: RGBImage? = nil) {
    self.images = images
    self.fullSize = fullSize
    self.photo = photo
  }
}
