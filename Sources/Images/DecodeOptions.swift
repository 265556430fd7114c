/// What a decoder may spend, and what it makes of transparency and of missing data.
public struct DecodeOptions: Sendable {
  /// The most pixels, width times height as the file's header has them, that are decoded.
  public var maxPixels = 179_000_000
  /// Whether a file that ends early gives the part that could be recovered, and not an error.
  ///
  /// What is missing is what libjpeg makes of it (grey, or a coarser picture where the JPEG is
  /// progressive), or, in a PNG, ``background``.
  public var allowTruncated = false
  /// The colour behind transparent pixels.
  public var background = RGBColor.white
  /// The smallest size that the caller wants kept, from the full size, both upright.
  ///
  /// A JPEG is decoded at the smallest of the scales 1/8, 1/4, 1/2 and 1 that leaves at least twice
  /// this size in both directions. Nil: always at scale 1.
  public var sufficientSize: (@Sendable (PixelSize) -> PixelSize)?

  public init() {}
}
