#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A standard stream, and what it can display if it is a terminal.
public enum Terminal: Sendable {
  case output, error

  var number: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  public var isTerminal: Bool { isatty(number) == 1 }

  /// Whether this is a pipe or a socket, which another program reads.
  public var isPipe: Bool {
    let kind = (try? FileStatus(of: number, path: "-"))?.kind
    return kind == .fifo || kind == .socket
  }

  /// Whether standard input is a file that is not empty, or a pipe, rather than a terminal or
  /// `/dev/null`.
  public static var inputHasData: Bool {
    // What cannot be examined cannot be read either.
    guard let status = try? FileStatus(of: STDIN_FILENO, path: "-") else { return false }
    return switch status.kind {
    case .fifo, .socket: true
    case .regular: status.size > 0
    default: false
    }
  }

  /// The width in characters; nil if the stream is not a terminal or the width is not known.
  public var width: Int? {
    var size = winsize()
    // SAFETY: the request fills in a `winsize`.
    guard unsafe ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Whether the stream is a terminal that understands colours, and the user has not switched
  /// colours off with `NO_COLOR` (no-color.org).
  public var showsColor: Bool {
    let type = environmentVariable("TERM")
    return isTerminal && (environmentVariable("NO_COLOR") ?? "").isEmpty && type != nil
      && type != "dumb"
  }
}
