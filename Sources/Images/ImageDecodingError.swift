/// Why a file could not be decoded.
public enum ImageDecodingError: Error, Equatable, CustomStringConvertible {
  case empty
  /// The file has no format of ``ImageFormat/all``. The text says what kind of file it is.
  case unsupportedFormat(String)
  /// The file uses a feature of its format that the decoder does not support.
  case unsupportedFeature(String)
  /// The file ends before the picture is complete.
  case truncated(String)
  case corrupt(String)
  /// The picture is larger, or takes longer to decode, than the options allow.
  case limitExceeded(String)
  /// Decoding took longer than the options allow.
  case timedOut(limit: Duration)
  case outOfMemory
  /// A defect of this program.
  case internalFault(String)

  public var description: String {
    switch self {
    case .empty:
      "the file is empty"
    case .unsupportedFormat(let name):
      "this is \(name), not a \(ImageFormat.names) image; convert it to one of these"
    case .unsupportedFeature(let detail):
      "the image cannot be decoded here (\(detail)); save it again as an 8-bit JPEG or PNG"
    case .truncated(let detail):
      "the image data ends early (\(detail)); "
        + "fetch or copy the file again, or take what there is with --allow-truncated"
    case .corrupt(let detail):
      "the image data is damaged (\(detail)); "
        + "fetch or copy the file again, or take what can be decoded with --allow-damaged"
    case .limitExceeded(let detail):
      "the image is over the limit (\(detail))"
    case .timedOut(let limit):
      "decoding the image took more than \(limit / .seconds(1)) seconds"
    case .outOfMemory:
      "there is not enough memory to decode the image"
    case .internalFault(let detail):
      "the image decoder failed (\(detail)); this is a fault of the program"
    }
  }
}
