/// Why a download was not completed.
public enum HTTPError: Error, Equatable, CustomStringConvertible {
  /// libcurl is not installed.
  case noLibrary
  /// The server answered with this status, which is 400 or more.
  case status(Int)
  /// The connection ended early.
  case cutOff
  /// There was no connection, or no byte arrived, for too long.
  case timedOut
  /// Any other failure, with the message of libcurl.
  case failed(String)
  /// The receiver ended the download, or a ``StopFlag`` was raised.
  case stopped

  public var description: String {
    switch self {
    case .noLibrary:
      "downloading needs libcurl, which is not installed (Debian and Ubuntu have it as libcurl4)"
    case .status(404): "the server has no such file (404)"
    case .status(let status): "the server answered with status \(status)"
    case .cutOff: "the connection was cut off"
    case .timedOut: "the server did not answer in time"
    case .failed(let reason): reason.isEmpty ? "the connection failed" : reason
    case .stopped: "stopped"
    }
  }
}
