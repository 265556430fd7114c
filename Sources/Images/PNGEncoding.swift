import CImageCodecs

extension RGBImage {
  /// The picture as a PNG file.
  ///
  /// - Parameter fast: whether speed matters more than the size of the file.
  /// - Throws: ``ImageDecodingError/outOfMemory`` or an internal fault where the library cannot
  ///   write it; ``ImageDecodingError/limitExceeded(_:)`` for a picture of more than 2^28 pixels.
  public func pngFile(fast: Bool = false) throws(ImageDecodingError) -> [UInt8] {
    guard width <= Self.largestPNG, height <= Self.largestPNG / width else {
      throw .limitExceeded("the picture is too large for a PNG file")
    }
    var count = codec_png_limit(width, height)
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: the call reads `width * height * 3` pixels, which RGBImage has, and writes at most
    // `count` bytes.
    let result = unsafe pixels.withUnsafeBufferPointer { source in
      unsafe bytes.withUnsafeMutableBufferPointer { target in
        unsafe codec_write_png(
          source.baseAddress, width, height, fast, target.baseAddress, &count)
      }
    }
    try result.check()
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private static let largestPNG = 1 << 28
}
