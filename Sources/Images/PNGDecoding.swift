import CImageCodecs

/// Decodes a PNG file and lays it over the background.
func decodePNG(
  _ bytes: Span<UInt8>, options: DecodeOptions
) throws(ImageDecodingError) -> DecodedImage {
  try checkForAppleVariant(bytes)
  var header = try readPNGHeader(bytes)
  try checkHeader(
    width: header.width, height: header.height, minimumBytes: header.minimum_bytes,
    fileBytes: bytes.count, options: options)
  let size = PixelSize(width: header.width, height: header.height)
  let channels = header.channels
  let pixelCount = size.width * size.height
  let pixels = try unsafe readPixels(bytes, capacity: pixelCount * channels) { source, target in
    // SAFETY: `source` is the file, and `target` has room for what `header` announces.
    if options.allowTruncated {
      unsafe target.initialize(repeating: 0)
      var span = unsafe target.mutableSpan
      if channels == 3 { fill(&span, with: options.background) }
    }
    return unsafe codec_read_png_pixels(
      source.baseAddress, source.count, &header, options.allowTruncated, target.baseAddress)
  } finish: { target in
    // SAFETY: all of `target` has been written.
    var span = unsafe target.mutableSpan
    if channels == 4 { compositeInPlace(&span, over: options.background) }
    return pixelCount * 3
  }
  let orientation = Orientation(png: bytes)
  return DecodedImage(
    image: orientation.upright(pixels, size: size), fullSize: orientation.turned(size))
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

/// Apple's tools write a variant for their own devices, which only they read.
private func checkForAppleVariant(_ bytes: Span<UInt8>) throws(ImageDecodingError) {
  if bytes.hasText("CgBI", at: 12) {
    throw .unsupportedFeature("a PNG in Apple's own CgBI variant")
  }
}
