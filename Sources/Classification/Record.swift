public import Images
public import System

/// What became of one input.
public struct Record: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    /// The upright size in the file, and the likeliest classes, likeliest first.
    case classified(size: PixelSize, predictions: [Prediction])
    case failed(ItemFailure)
  }

  /// The path as it was named or found; `-` for standard input.
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
  /// What is wrong, without the path.
  public let message: String

  public init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// The kinds of failure that output formats tell apart; the raw values are part of the schema.
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
