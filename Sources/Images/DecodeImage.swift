/// Decodes a JPEG or PNG file to an upright 8-bit RGB picture.
///
/// The type is taken from the first bytes. EXIF orientation is applied, transparency is laid over
/// `options.background`, and colour profiles and gamma are ignored. A file that ends early or is
/// damaged is an error, also where the decoder could go on; bytes after the end are not.
///
/// - Parameter bytes: the whole file.
/// - Returns: the picture, reduced where `options.sufficientSize` allows it, with its full size.
/// - Throws: ``ImageDecodingError``; never `unsupportedFormat` once the file is a JPEG or PNG.
public func decodeImage(
  _ bytes: Span<UInt8>, options: DecodeOptions
) throws(ImageDecodingError) -> DecodedImage {
  if bytes.isEmpty { throw .empty }
  switch ImageFormat(sniffing: bytes) {
  case .jpeg: return try decodeJPEG(bytes, options: options)
  case .png: return try decodePNG(bytes, options: options)
  case .other(let name): throw .unsupportedFormat(name)
  }
}

/// Refuses a picture by what its header says, before anything of its size is allocated.
func checkHeader(
  width: Int, height: Int, minimumBytes: Int, fileBytes: Int, options: DecodeOptions
) throws(ImageDecodingError) {
  let (pixels, overflowed) = width.multipliedReportingOverflow(by: height)
  guard width > 0, height > 0 else { throw .corrupt("it has no pixels") }
  // Four bytes a pixel have to be addressable whatever the limit.
  guard !overflowed, pixels <= options.maxPixels, pixels <= Int.max / 8 else {
    throw .limitExceeded(
      "\(width) x \(height) pixels; at most \(options.maxPixels) pixels are decoded")
  }
  guard fileBytes >= minimumBytes || options.allowTruncated else {
    throw .truncated("\(fileBytes) bytes cannot hold \(width) x \(height) pixels")
  }
}
