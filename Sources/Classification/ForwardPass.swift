public import ImageDecoding

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
  func picture(from bytes: Span<UInt8>) throws(ItemFailure) -> Picture
  /// Writes the values of `image`, `[H, W, 3]`.
  func write(_ image: RGBImage, into input: inout MutableSpan<Float>)
}

/// An image ready for the network, and the upright size it has in its file.
public struct Picture: Sendable {
  public let image: RGBImage
  public let fullSize: PixelSize

  public init(image: RGBImage, fullSize: PixelSize) {
    self.image = image
    self.fullSize = fullSize
  }
}
