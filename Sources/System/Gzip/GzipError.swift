/// Why gzip data cannot be unpacked, or not to its end.
public enum GzipError: Error, Equatable, CustomStringConvertible {
  case unreadable(SystemError)
  /// The data ends before a member's checksum.
  case endsEarly
  /// zlib's message, such as "incorrect data check" for a wrong checksum.
  case damaged(String)
  /// What follows the last member is neither another member nor zeros.
  case trailingData
  /// The data grows far more than photos do.
  case growsTooMuch(factor: Int)
  case outOfMemory

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .endsEarly: "the gzip data ends early: it was cut short"
    case .damaged(let message): "the gzip data is damaged (\(message))"
    case .trailingData:
      "what follows the gzip data is no more of it (plain and compressed archives must be in "
        + "streams of their own)"
    case .growsTooMuch(let factor):
      "the gzip data grows to more than \(factor) times its size, as no archive of photos does; "
        + "unpack it first if it is one"
    case .outOfMemory: "there is not enough memory to unpack the gzip data"
    }
  }
}
