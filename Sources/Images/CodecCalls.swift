import CImageCodecs

/// Allocates a buffer of `capacity` bytes and decodes a file into it.
///
/// - Parameter timeLimit: what the error names where decoding took too long.
/// - Parameter decode: called with the file and the buffer, which is not initialised.
/// - Parameter finish: called with the decoded buffer, which it may change. It returns how many
///   bytes from the beginning of the buffer are the result.
func readPixels(
  _ bytes: Span<UInt8>, capacity: Int,
  timeLimit: Duration?,
  decode: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> codec_result,
  finish: (UnsafeMutableBufferPointer<UInt8>) -> Int = { $0.count }
) throws(ImageDecodingError) -> [UInt8] {
  var result = codec_result()
  // SAFETY: `decode` writes the whole buffer if it succeeds. If it fails, the result has no bytes.
  let pixels = unsafe bytes.withUnsafeBufferPointer { source in
    unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      let target = unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<capacity])
      result = unsafe decode(source, target)
      filled = unsafe result.status == .ok ? finish(target) : 0
    }
  }
  if result.status == .timeout, let timeLimit { throw .timedOut(limit: timeLimit) }
  try result.check()
  return pixels
}

extension Duration {
  /// Whole nanoseconds, at least 1, as the codecs take a time limit.
  var nanosecondsForCodec: UInt64 {
    UInt64(min(max((self / .nanoseconds(1)).rounded(.up), 1), 4e18))
  }
}

extension codec_result {
  /// Throws the error that the C status code means.
  func check() throws(ImageDecodingError) {
    switch status {
    case .ok: return
    case .truncated: throw .truncated(text)
    case .corrupt: throw .corrupt(text)
    case .unsupported: throw .unsupportedFeature(text)
    case .timeout: throw .limitExceeded("decoding takes too long")
    case .limit: throw .limitExceeded(text)
    case .out_of_memory: throw .outOfMemory
    case .internal: throw .internalFault(text)
    }
  }

  private var text: String {
    var copy = message
    // SAFETY: `message` is an array of bytes, which ends in a zero.
    return unsafe withUnsafeBytes(of: &copy) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
