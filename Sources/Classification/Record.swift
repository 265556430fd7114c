public import Images
public import System

/// The result of one input that was classified: its most likely classes, the likeliest first.
public typealias Record = InputRecord<[Prediction]>

/// The result of one input: the `Answer` that a ``Pipeline`` gives for a picture, or the reason why
/// there is none.
public struct InputRecord<Answer: Sendable>: Sendable {
  public enum Outcome: Sendable {
    /// The upright size in the file, and what the network says about the picture.
    case answered(size: PixelSize, Answer)
    case failed(ItemFailure)
  }

  /// The path that the user named or that was found in a directory, or the name of a member of an
  /// archive; `-` for standard input.
  public let path: RawPath
  /// The tar archive that the input is a member of; nil for other inputs.
  public let archive: RawPath?
  public let outcome: Outcome
  /// The group of classes that the photo shows; nil where groups are not wanted, and for models
  /// whose classes are in none.
  public var group: GroupAnswer?

  public init(path: RawPath, archive: RawPath? = nil, outcome: Outcome) {
    self.path = path
    self.archive = archive
    self.outcome = outcome
  }
}

extension InputRecord: Equatable where Answer: Equatable {}
extension InputRecord.Outcome: Equatable where Answer: Equatable {}

/// Why an input has no answer.
public struct ItemFailure: Error, Equatable, CustomStringConvertible {
  public let code: ErrorCode
  /// The message for the user, without the path.
  public let message: String

  public init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// The kinds of failures in the output. The raw values are part of the output's schema.
public enum ErrorCode: String, Sendable, CaseIterable {
  case notFound = "not_found"
  case permissionDenied = "permission_denied"
  case notAFile = "not_a_file"
  case empty
  case unsupportedFormat = "unsupported_format"
  case unsupportedFeature = "unsupported_feature"
  case truncated
  case corrupt
  case limitExceeded = "limit_exceeded"
  case ioError = "io_error"
  case timeout
  case `internal`
}
