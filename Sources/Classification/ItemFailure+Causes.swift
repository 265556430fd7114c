public import Images
public import Preprocessing
public import System

extension ItemFailure {
  /// The network gave NaN or an infinity.
  public static let notFinite = ItemFailure(
    .internal, "the network gave NaN or infinite values; the model may be damaged")
  /// The worker stored no outcome for a picture, which is a defect of this program.
  static let lost = ItemFailure(.internal, "no result; this is a fault of the program")

  /// A picture needs more memory than all pictures together may use.
  ///
  /// - Parameter work: what needs the memory.
  static func needsTooMuchMemory(_ work: String, _ bytes: Int, of total: Int) -> ItemFailure {
    ItemFailure(
      .limitExceeded,
      "\(work) takes up to \(megabytes(bytes)) of memory, and there are "
        + "\(megabytes(total)) for images; --max-memory allows more")
  }

  /// A file has more bytes than all files together may use.
  static func fileTooLarge(forMemory total: Int) -> ItemFailure {
    ItemFailure(
      .limitExceeded,
      "the file is larger than the \(megabytes(total)) of memory that there are for images; "
        + "--max-memory allows more")
  }

  /// A file took longer than the time limit.
  ///
  /// - Parameter work: what took long, such as "read".
  static func tookTooLong(_ work: String, _ limit: Duration) -> ItemFailure {
    ItemFailure(
      .timeout,
      "it took more than \(limit / .seconds(1)) seconds to \(work) the file; --timeout allows more")
  }

  private static func megabytes(_ bytes: Int) -> String { "\(bytes >> 20) MB" }

  /// A file that cannot be read.
  public init(_ error: SystemError) {
    self.init(Self.code(error), error.reason)
  }

  /// An input that cannot be opened. Where it looks like a URL, the message says what to do.
  init(opening path: RawPath, _ error: SystemError) {
    let text = path.repaired.lowercased()
    guard error.isNotFound,
      ["http://", "https://", "ftp://", "s3://"].contains(where: text.hasPrefix)
    else {
      self.init(error)
      return
    }
    self.init(
      .notFound,
      "this is a URL, and only files are read; fetch it first, for example with "
        + "'curl -s URL | alexnet classify -'")
  }

  /// Why a list of inputs cannot be read.
  init(list error: SystemError) {
    self.init(Self.code(error), "this list of inputs cannot be read: \(error.explanation)")
  }

  private static func code(_ error: SystemError) -> ErrorCode {
    switch error {
    case .notAFile: .notAFile
    case .nullBytes, .utf16Text: .unsupportedFormat
    case .tooLarge: .limitExceeded
    case .timedOut: .timeout
    case .stopped, .notALock: .ioError
    case .failed where error.isNotFound: .notFound
    case .failed where error.isPermissionDenied: .permissionDenied
    case .failed: .ioError
    }
  }

  public init(_ error: ImageDecodingError) {
    if case .timedOut(let limit) = error {
      self = .tookTooLong("decode", limit)
      return
    }
    let code: ErrorCode =
      switch error {
      case .empty: .empty
      case .unsupportedFormat: .unsupportedFormat
      case .unsupportedFeature: .unsupportedFeature
      case .truncated: .truncated
      case .corrupt: .corrupt
      case .limitExceeded, .outOfMemory: .limitExceeded
      case .timedOut: .timeout
      case .internalFault: .internal
      }
    self.init(code, error.description)
  }

  public init(_ error: PreprocessingError) {
    let code: ErrorCode = if case .tooLarge = error { .limitExceeded } else { .internal }
    self.init(code, error.description)
  }
}
