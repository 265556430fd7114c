import Images
import Preprocessing
import System

extension ItemFailure {
  /// The network gave NaN or an infinity.
  static let notFinite = ItemFailure(
    .internal, "the network gave NaN or infinite values; the model may be damaged")
  /// A picture for which the worker stored no outcome: a mistake in this program.
  static let lost = ItemFailure(.internal, "no result; this is a fault of the program")

  /// A picture that would take more memory than there is for all of them together.
  static func needsTooMuchMemory(_ bytes: Int, of total: Int) -> ItemFailure {
    ItemFailure(
      .limitExceeded,
      "decoding the image takes up to \(megabytes(bytes)) of memory, and there are "
        + "\(megabytes(total)) for images; --max-memory allows more")
  }

  /// A file that has more bytes than all of them may take together.
  static func fileTooLarge(forMemory total: Int) -> ItemFailure {
    ItemFailure(
      .limitExceeded,
      "the file is larger than the \(megabytes(total)) of memory that there are for images; "
        + "--max-memory allows more")
  }

  private static func megabytes(_ bytes: Int) -> String { "\(bytes >> 20) MB" }

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
