/// Why a file gave no picture.
public enum ImageDecodingError: Error, Equatable, CustomStringConvertible {
  case empty
  /// None of ``ImageFormat/all``; the name of what it is, as far as its first bytes tell.
  case unsupportedFormat(String)
  /// The file uses something that the decoder for its format cannot do.
  case unsupportedFeature(String)
  /// The data ends before the picture does.
  case truncated(String)
  case corrupt(String)
  /// Larger or costlier than the options allow.
  case limitExceeded(String)
  case outOfMemory
  /// A mistake in this program.
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
      "the image data ends early (\(detail)); fetch or copy the file again, or allow truncated data"
    case .corrupt(let detail):
      "the image data is damaged (\(detail)); fetch or copy the file again"
    case .limitExceeded(let detail):
      "the image is over the limit (\(detail))"
    case .outOfMemory:
      "there is not enough memory to decode the image"
    case .internalFault(let detail):
      "the image decoder failed (\(detail)); this is a fault of the program"
    }
  }
}
