public import Images
public import System

/// The result of one input.
public struct Record: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    /// The upright size in the file, and the classes with the highest probabilities, the highest
    /// first.
    case classified(size: PixelSize, predictions: [Prediction])
    case failed(ItemFailure)
  }

  /// The path that the user named or that was found in a directory; `-` for standard input.
  public let path: RawPath
  public let outcome: Outcome

  public init(path: RawPath, outcome: Outcome) {
    self.path = path
    self.outcome = outcome
  }
}

/// Why an input has no predictions.
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
  case `internal`
}
