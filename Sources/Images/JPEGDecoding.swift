import CImageCodecs

/// Decodes a JPEG file. The scale follows from the options.
struct JPEGDecoder: FormatDecoder {
  let storedSize: PixelSize
  let orientation: Orientation
  private let header: codec_jpeg_header
  private let scale: JPEGScale
  private let allowDamaged: Bool
  private let timeLimit: Duration?

  init(_ bytes: Span<UInt8>, options: DecodeOptions) throws(ImageDecodingError) {
    header = try readJPEGHeader(bytes)
    try checkHeader(
      width: header.width, height: header.height, minimumBytes: header.minimum_bytes,
      fileBytes: bytes.count, options: options)
    storedSize = PixelSize(width: header.width, height: header.height)
    orientation = Orientation(jpeg: bytes)
    allowDamaged = options.allowDamaged
    timeLimit = options.timeLimit
    scale =
      header.can_scale
      ? JPEGScale(for: orientation.turned(storedSize), options: options) : .full
  }

  var decodedSize: PixelSize { scale.applied(to: storedSize) }

  var partialSides: DecodedImage.PartialSides { orientation.partialSides }

  /// An upper bound for the memory that the library allocates: the coefficients of the whole
  /// picture if it has several scans, and some rows of samples. The library stores a few groups of
  /// 8 or 16 rows for each component. 64 rows of four components are more than that.
  private var libraryBytes: Int {
    let fixed = 1 << 20
    return header.coefficient_bytes + storedSize.width * 4 * 64 + fixed
  }

  var memory: Int { decodedBytes + max(libraryBytes, turnedBytes) }

  func decode(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> [UInt8] {
    let size = decodedSize
    var settings = codec_jpeg_settings()
    settings.eighths = UInt32(scale.rawValue)
    settings.accept_damaged = allowDamaged
    settings.scan_limit = Int32(scanLimit(pixels: storedSize.width * storedSize.height))
    settings.memory_limit = libraryBytes
    settings.time_limit = timeLimit?.nanosecondsForCodec ?? 0
    return try unsafe readPixels(bytes, capacity: decodedBytes, timeLimit: timeLimit) {
      source, target in
      // SAFETY: `source` is the file, and `target` has room for `size` in RGB.
      unsafe codec_read_jpeg_pixels(
        source.baseAddress, source.count, &settings, target.baseAddress, size.width, size.height)
    }
  }
}

private func readJPEGHeader(
  _ bytes: Span<UInt8>
) throws(ImageDecodingError) -> codec_jpeg_header {
  var header = codec_jpeg_header()
  // SAFETY: the call reads `count` bytes of the file and keeps none.
  let result = unsafe bytes.withUnsafeBufferPointer {
    unsafe codec_read_jpeg_header($0.baseAddress, $0.count, &header)
  }
  try result.check()
  return header
}

/// How many scans a JPEG may have: 100, or fewer for large pictures, but at least 20. Each scan is
/// a pass over the whole picture but may take only a few bytes, so a small file could otherwise
/// keep the decoder busy for minutes. Encoders write about ten scans.
private func scanLimit(pixels: Int) -> Int {
  let mostPixelVisits = 4_000_000_000
  return min(100, max(20, mostPixelVisits / pixels))
}

/// A scale at which a JPEG can be decoded, in eighths. The decoder uses a smaller inverse DCT for
/// it.
///
/// libjpeg supports the other eighths too, but decodes them more slowly.
enum JPEGScale: Int, CaseIterable {
  case eighth = 1
  case quarter = 2
  case half = 4
  case full = 8

  /// The smallest scale at which both sides are at least twice as long as in the sufficient size.
  init(for fullSize: PixelSize, options: DecodeOptions) {
    self = .full
    guard let sufficient = options.sufficientSize?(fullSize) else { return }
    for scale in Self.allCases {
      let size = scale.applied(to: fullSize)
      if size.width / 2 >= sufficient.width && size.height / 2 >= sufficient.height {
        self = scale
        return
      }
    }
  }

  /// The size of a picture at this scale, rounded up as the decoder does.
  func applied(to size: PixelSize) -> PixelSize {
    PixelSize(width: (size.width * rawValue + 7) / 8, height: (size.height * rawValue + 7) / 8)
  }
}
