import Classification
import System

extension ItemFailure {
  /// Why a folder cannot be listed.
  init(listing error: SystemError) {
    let code: ErrorCode =
      if error.isNotFound {
        .notFound
      } else if error.isPermissionDenied {
        .permissionDenied
      } else {
        .ioError
      }
    self.init(code, error.reason)
  }
}
