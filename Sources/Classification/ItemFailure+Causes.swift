import Images
import Preprocessing
import System

extension ItemFailure {
  /// The network gave something that is no number.
  static let notFinite = ItemFailure(
    .internal, "the network gave values that are no numbers; the model may be damaged")
  /// A picture that no outcome was found for.
  static let lost = ItemFailure(.internal, "no result; this is a fault of the program")

  init(_ error: SystemError) {
    self.init(Self.code(error), error.reason)
  }

  /// Why a list of inputs cannot be read.
  init(list error: SystemError) {
    self.init(Self.code(error), "this list of inputs cannot be read: \(error.reason)")
  }

  private static func code(_ error: SystemError) -> ErrorCode {
    switch error {
    case .notAFile: .notAFile
    case .nullBytes: .unsupportedFormat
    case .tooLarge: .limitExceeded
    case .stopped: .ioError
    case .failed where error.isNotFound: .notFound
    case .failed where error.isPermissionDenied: .permissionDenied
    case .failed: .ioError
    }
  }

  init(_ error: ImageDecodingError) {
    let code: ErrorCode =
      switch error {
      case .empty: .empty
      case .unsupportedFormat: .unsupportedFormat
      case .unsupportedFeature: .unsupportedFeature
      case .truncated: .truncated
      case .corrupt: .corrupt
      case .limitExceeded, .outOfMemory: .limitExceeded
      case .internalFault: .internal
      }
    self.init(code, error.description)
  }

  init(_ error: PreprocessingError) {
    let code: ErrorCode = if case .tooLarge = error { .limitExceeded } else { .internal }
    self.init(code, error.description)
  }
}
