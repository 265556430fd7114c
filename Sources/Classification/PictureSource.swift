public import Images

/// Turns the bytes of an image file into pictures of the network's size.
public protocol PictureSource: Sendable {
  /// How many images a picture has: the same for all.
  var imagesPerPicture: Int { get }
  /// Whether a file that begins with these bytes may be a picture. Where it may not,
  /// ``picture(from:memory:)`` is given this beginning alone, and its failure says what the file is.
  func isPicture(beginning: Span<UInt8>) -> Bool
  /// - Parameter memory: the file's share of the memory that all files of the run may take.
  func picture(from bytes: Span<UInt8>, memory: FileMemory) throws(ItemFailure) -> Picture
}

extension PictureSource {
  public var imagesPerPicture: Int { 1 }
  public func isPicture(beginning: Span<UInt8>) -> Bool { true }
}

/// A picture ready for the network, and the upright size it has in its file.
public struct Picture: Sendable {
  /// What the network sees of it: one image, or several whose probabilities are averaged.
  public let images: [RGBImage]
  public let fullSize: PixelSize

  public init(images: [RGBImage], fullSize: PixelSize) {
    self.images = images
    self.fullSize = fullSize
  }
}
