import CImageCodecs

extension RGBImage {
  /// The picture as a baseline JPEG file with the colours at half the resolution (4:2:0).
  ///
  /// - Parameter quality: 1 to 100, on the scale of libjpeg.
  /// - Throws: ``ImageDecodingError/outOfMemory`` or an internal fault where the library cannot
  ///   write it; ``ImageDecodingError/limitExceeded(_:)`` for a side of more than 65 500 pixels or
  ///   more than 2^28 pixels.
  public func jpegFile(quality: Int) throws(ImageDecodingError) -> [UInt8] {
    precondition((1...100).contains(quality))
    guard max(width, height) <= Self.longestJPEGSide, width * height <= Self.largestJPEG else {
      throw .limitExceeded("the picture is too large for a JPEG file")
    }
    var count = codec_jpeg_limit(width, height)
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: the call reads `width * height * 3` pixels, which RGBImage has, and writes at most
    // `count` bytes.
    let result = unsafe pixels.withUnsafeBufferPointer { source in
      unsafe bytes.withUnsafeMutableBufferPointer { target in
        unsafe codec_write_jpeg(
          source.baseAddress, width, height, Int32(quality), target.baseAddress, &count)
      }
    }
    try result.check()
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// The limit of libjpeg.
  private static let longestJPEGSide = 65_500
  private static let largestJPEG = 1 << 28
}
