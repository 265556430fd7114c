/// Decodes an image file to an upright 8-bit RGB picture. The header is read first, so that the
/// size of the picture and the memory that decoding takes are known before decoding.
///
/// The first bytes of the file decide which format it has. EXIF orientation is applied. Transparent
/// pixels are composited over the background colour. Colour profiles and gamma are ignored. An
/// incomplete or damaged file is an error, even if the decoder could continue. Extra bytes after
/// the end are ignored.
public struct ImageDecoder: Sendable {
  private let decoder: any FormatDecoder

  /// Reads the header of a file.
  ///
  /// - Parameter bytes: the whole file.
  /// - Throws: ``ImageDecodingError``. It is `unsupportedFormat` only if the first bytes are those
  ///   of no format in ``ImageFormat/all``.
  public init(_ bytes: Span<UInt8>, options: DecodeOptions) throws(ImageDecodingError) {
    if bytes.isEmpty { throw .empty }
    guard let format = ImageFormat(beginning: bytes) else {
      throw .unsupportedFormat(OtherFileType.name(of: bytes))
    }
    decoder = try format.open(bytes, options)
  }

  /// The size of the upright picture at scale 1.
  public var fullSize: PixelSize { decoder.orientation.turned(decoder.storedSize) }

  /// The size of the upright picture that ``decode(_:)`` returns.
  public var decodedSize: PixelSize { decoder.orientation.turned(decoder.decodedSize) }

  /// See ``DecodedImage/partialSides``.
  public var partialSides: DecodedImage.PartialSides { decoder.partialSides }

  /// An upper bound for the bytes of memory that ``decode(_:)`` uses at one time, without the file
  /// itself. It follows from the header.
  public var memory: Int { decoder.memory }

  /// Decodes the file. `bytes` must be the file whose header was read.
  public func decode(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> DecodedImage {
    let pixels = try decoder.decode(bytes)
    return DecodedImage(
      image: decoder.orientation.upright(pixels, size: decoder.decodedSize), fullSize: fullSize,
      partialSides: decoder.partialSides)
  }
}

/// A decoder for one file format. Sizes are those of the stored picture, before it is turned
/// upright.
protocol FormatDecoder: Sendable {
  var storedSize: PixelSize { get }
  /// The size of the picture that ``decode(_:)`` returns. It may be smaller than `storedSize`.
  var decodedSize: PixelSize { get }
  var orientation: Orientation { get }
  var partialSides: DecodedImage.PartialSides { get }
  /// The most bytes of memory that decoding and turning use at one time.
  var memory: Int { get }
  /// The pixels of the stored picture: RGB, `[height, width, 3]`, where height and width are those
  /// of ``decodedSize``.
  func decode(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> [UInt8]
}

extension FormatDecoder {
  var partialSides: DecodedImage.PartialSides { DecodedImage.PartialSides() }

  /// The bytes of the decoded picture.
  var decodedBytes: Int { decodedSize.width * decodedSize.height * 3 }

  /// The bytes of the copy that is made to turn the picture upright; 0 if none is made.
  var turnedBytes: Int { orientation == .upright ? 0 : decodedBytes }
}

/// Throws if the size in a picture's header is not acceptable. It is called before memory for the
/// picture is allocated.
func checkHeader(
  width: Int, height: Int, minimumBytes: Int, fileBytes: Int, options: DecodeOptions
) throws(ImageDecodingError) {
  let (pixels, overflowed) = width.multipliedReportingOverflow(by: height)
  guard width > 0, height > 0 else { throw .corrupt("it has no pixels") }
  // Every estimate of memory is less than 32 bytes for each pixel. With this limit, none overflows.
  guard !overflowed, pixels <= options.maxPixels, pixels <= Int.max / 64 else {
    throw .limitExceeded(
      "\(width) x \(height) pixels; at most \(options.maxPixels) pixels are decoded")
  }
  guard fileBytes >= minimumBytes || options.allowDamaged else {
    throw .truncated("\(fileBytes) bytes cannot hold \(width) x \(height) pixels")
  }
}
