/// An upright 8-bit RGB picture: rows from the top, pixels from the left, three bytes a pixel.
public struct RGBImage: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// Interleaved RGB, `[height, width, 3]`, 0 to 255, no padding between rows.
  public let pixels: [UInt8]

  /// `pixels` must hold `width * height * 3` bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}

/// Width and height in pixels.
public struct PixelSize: Sendable, Hashable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// A decoded file: its picture, perhaps at a reduced scale, and the size it has in full.
public struct DecodedImage: Sendable, Equatable {
  public let image: RGBImage
  /// The upright size in the file; larger than `image` when the decoder reduced it.
  public let fullSize: PixelSize

  public init(image: RGBImage, fullSize: PixelSize) {
    self.image = image
    self.fullSize = fullSize
  }
}
