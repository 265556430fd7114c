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

  /// The sides at which a reduced picture's last pixels stand for fewer pixels of the file than the
  /// others: the right and the bottom side, unless the picture was turned.
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
