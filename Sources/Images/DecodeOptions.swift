/// Limits for decoding, and how to treat transparency and missing data.
public struct DecodeOptions: Sendable {
  /// The most pixels, width times height in the file's header, that a picture may have.
  public var maxPixels = 179_000_000
  /// Whether an incomplete or damaged file gives a picture with missing or wrong parts. If not, it
  /// is an error.
  ///
  /// In a JPEG, the missing parts are grey, or less detailed if the JPEG is progressive. After a
  /// damaged part, decoding continues at the next restart marker. In a PNG, what comes after the
  /// damage has the colour ``background``.
  public var allowDamaged = false
  /// The longest time that decoding may take; nil for no limit. It is checked after each row or two
  /// of blocks or pixels, so that no thread is left behind.
  public var timeLimit: Duration?
  /// The colour behind transparent pixels.
  public var background = RGBColor.white
  /// Computes the size that the caller will resize the picture to from the full size of the
  /// picture. Both sizes are upright.
  ///
  /// A JPEG is decoded at the smallest of the scales 1/8, 1/4, 1/2 and 1 at which both sides are at
  /// least twice as long as in this size. If it is nil, the scale is always 1.
  public var sufficientSize: (@Sendable (PixelSize) -> PixelSize)?

  public init() {}
}
