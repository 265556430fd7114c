public import Images

/// The scratch memory and the arithmetic of one worker; used by one thread at a time.
public protocol ForwardPass: AnyObject {
  /// Calls `body` with the input of image `index`, `[H, W, 3]`.
  func withInput(_ index: Int, _ body: (inout MutableSpan<Float>) -> Void)
  /// Runs the first `count` images.
  func forward(count: Int)
  /// One value a class, of image `index`.
  func probabilities(_ index: Int) -> [Float]
}

/// Turns the bytes of an image file into the network's input.
public protocol PictureSource: Sendable {
  /// How many images a picture has: the same for all.
  var imagesPerPicture: Int { get }
  /// Whether a file that begins so may be a picture. Where not, ``picture(from:)`` gets the beginning
  /// alone, to say what it is.
  func isPicture(beginning: Span<UInt8>) -> Bool
  func picture(from bytes: Span<UInt8>) throws(ItemFailure) -> Picture
  /// Writes the values of `image`, `[H, W, 3]`.
  func write(_ image: RGBImage, into input: inout MutableSpan<Float>)
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
