/// Decodes an image file to an upright 8-bit RGB picture.
///
/// - Parameter bytes: the whole file.
/// - Returns: the picture, reduced where `options.sufficientSize` allows it, with its full size.
/// - Throws: what ``ImageDecoder`` throws.
public func decodeImage(
  _ bytes: Span<UInt8>, options: DecodeOptions
) throws(ImageDecodingError) -> DecodedImage {
  try ImageDecoder(bytes, options: options).decode(bytes)
}

/// A file whose header has been read: how large its picture is, and what decoding it will take.
///
/// The format is told from the first bytes. EXIF orientation is applied, transparency is laid over
/// the background colour, and colour profiles and gamma are ignored. A file that ends early or is
/// damaged is an error, also where the decoder could go on; bytes after the end are not.
public struct ImageDecoder: Sendable {
  private let decoder: any FormatDecoder

  /// Reads the header of a file.
  ///
  /// - Parameter bytes: the whole file.
  /// - Throws: ``ImageDecodingError``; never `unsupportedFormat` once the file begins as one of
  ///   ``ImageFormat/all``.
  public init(_ bytes: Span<UInt8>, options: DecodeOptions) throws(ImageDecodingError) {
    if bytes.isEmpty { throw .empty }
    guard let format = ImageFormat(beginning: bytes) else {
      throw .unsupportedFormat(OtherFileType.name(of: bytes))
    }
    decoder = try format.open(bytes, options)
  }

  /// The upright size in the file.
  public var fullSize: PixelSize { decoder.orientation.turned(decoder.storedSize) }

  /// The upright size of what ``decode(_:)`` gives.
  public var decodedSize: PixelSize { decoder.orientation.turned(decoder.decodedSize) }

  /// See ``DecodedImage/partialSides``.
  public var partialSides: DecodedImage.PartialSides { decoder.partialSides }

  /// The most bytes of memory that ``decode(_:)`` holds at one time, beside the file itself: an
  /// upper bound, from the header alone.
  public var memory: Int { decoder.memory }

  /// Decodes the file, whose bytes must be those that the header was read from.
  public func decode(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> DecodedImage {
    let pixels = try decoder.decode(bytes)
    return DecodedImage(
      image: decoder.orientation.upright(pixels, size: decoder.decodedSize), fullSize: fullSize,
      partialSides: decoder.partialSides)
  }
}

/// A decoder for the files of one format. Sizes are those of the picture as it is stored.
protocol FormatDecoder: Sendable {
  var storedSize: PixelSize { get }
  /// The size that ``decode(_:)`` gives, which may be reduced.
  var decodedSize: PixelSize { get }
  var orientation: Orientation { get }
  var partialSides: DecodedImage.PartialSides { get }
  /// The most bytes that decoding and turning hold at one time.
  var memory: Int { get }
  /// The pixels as they are stored, RGB, `[height, width, 3]` of ``decodedSize``.
  func decode(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> [UInt8]
}

extension FormatDecoder {
  var partialSides: DecodedImage.PartialSides { DecodedImage.PartialSides() }

  /// The bytes of the decoded picture.
  var decodedBytes: Int { decodedSize.width * decodedSize.height * 3 }

  /// The bytes of the copy that is turned upright, where there is one.
  var turnedBytes: Int { orientation == .upright ? 0 : decodedBytes }
}

/// Refuses a picture by what its header says, before anything of its size is allocated.
func checkHeader(
  width: Int, height: Int, minimumBytes: Int, fileBytes: Int, options: DecodeOptions
) throws(ImageDecodingError) {
  let (pixels, overflowed) = width.multipliedReportingOverflow(by: height)
  guard width > 0, height > 0 else { throw .corrupt("it has no pixels") }
  // No estimate of memory comes to thirty-two bytes a pixel, so that none of them overflows.
  guard !overflowed, pixels <= options.maxPixels, pixels <= Int.max / 64 else {
    throw .limitExceeded(
      "\(width) x \(height) pixels; at most \(options.maxPixels) pixels are decoded")
  }
  guard fileBytes >= minimumBytes || options.allowTruncated else {
    throw .truncated("\(fileBytes) bytes cannot hold \(width) x \(height) pixels")
  }
}
