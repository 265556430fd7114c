import CImageCodecs

/// Decodes a PNG file and composites it over the background colour.
struct PNGDecoder: FormatDecoder {
  let storedSize: PixelSize
  let orientation: Orientation
  private let header: codec_png_header
  private let options: DecodeOptions

  init(_ bytes: Span<UInt8>, options: DecodeOptions) throws(ImageDecodingError) {
    try checkForAppleVariant(bytes)
    header = try readPNGHeader(bytes)
    try checkHeader(
      width: header.width, height: header.height, minimumBytes: header.minimum_bytes,
      fileBytes: bytes.count, options: options)
    storedSize = PixelSize(width: header.width, height: header.height)
    orientation = Orientation(png: bytes)
    self.options = options
  }

  var decodedSize: PixelSize { storedSize }

  /// The bytes of the decoded pixels. They have an alpha channel if a pixel may be transparent.
  private var bufferBytes: Int { storedSize.width * storedSize.height * header.channels }

  /// An upper bound for the memory that the library allocates: two rows of at most four 16-bit
  /// channels, and the state of zlib.
  private var libraryBytes: Int {
    let fixed = 1 << 20
    return storedSize.width * 8 * 2 + fixed
  }

  var memory: Int { bufferBytes + max(libraryBytes, turnedBytes) }

  func decode(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> [UInt8] {
    var header = header
    let channels = header.channels
    return try unsafe readPixels(
      bytes, capacity: bufferBytes, timeLimit: options.timeLimit
    ) { source, target in
      // SAFETY: `source` is the file, and `target` has room for what `header` announces.
      if options.allowDamaged {
        unsafe target.initialize(repeating: 0)
        var span = unsafe target.mutableSpan
        if channels == 3 { fill(&span, with: options.background) }
      }
      return unsafe codec_read_png_pixels(
        source.baseAddress, source.count, &header, options.allowDamaged,
        options.timeLimit?.nanosecondsForCodec ?? 0, target.baseAddress)
    } finish: { target in
      // SAFETY: all of `target` has been written.
      var span = unsafe target.mutableSpan
      if channels == 4 { compositeInPlace(&span, over: options.background) }
      return decodedBytes
    }
  }
}

private func readPNGHeader(_ bytes: Span<UInt8>) throws(ImageDecodingError) -> codec_png_header {
  var header = codec_png_header()
  // SAFETY: the call reads `count` bytes of the file and keeps none.
  let result = unsafe bytes.withUnsafeBufferPointer {
    unsafe codec_read_png_header($0.baseAddress, $0.count, &header)
  }
  try result.check()
  return header
}

/// Throws if the file is in the CgBI variant of PNG, which Apple's tools write for Apple's devices
/// and which libpng cannot read.
private func checkForAppleVariant(_ bytes: Span<UInt8>) throws(ImageDecodingError) {
  if bytes.hasText("CgBI", at: 12) {
    throw .unsupportedFeature("a PNG in Apple's own CgBI variant")
  }
}
