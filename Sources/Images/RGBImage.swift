/// An upright 8-bit RGB picture. The first row is the top one, and the first pixel of a row is the
/// left one.
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

/// A decoded file: its picture, which may be at a reduced scale, and its size at scale 1.
public struct DecodedImage: Sendable, Equatable {
  public let image: RGBImage
  /// The upright size at scale 1. It is larger than `image` if the decoder reduced the picture.
  public let fullSize: PixelSize

  /// The sides at which the last pixels of a reduced picture may represent fewer pixels of the file
  /// than the other pixels do. They are the right and the bottom side, unless the picture was
  /// turned.
  public let partialSides: PartialSides

  public struct PartialSides: Sendable, Equatable {
    public var isLeft = false
    public var isTop = false

    public init(isLeft: Bool = false, isTop: Bool = false) {
      self.isLeft = isLeft
      self.isTop = isTop
    }
  }

  public init(image: RGBImage, fullSize: PixelSize, partialSides: PartialSides = PartialSides()) {
    self.image = image
    self.fullSize = fullSize
    self.partialSides = partialSides
  }
}
