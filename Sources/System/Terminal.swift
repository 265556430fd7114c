#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a standard stream can show.
public enum Terminal: Sendable {
  case output, error

  var number: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  public var isTerminal: Bool { isatty(number) == 1 }

  /// In characters; nil where there is no terminal or it does not say.
  public var width: Int? {
    var size = winsize()
    // SAFETY: the request fills in a `winsize`.
    guard unsafe ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// True on a terminal that understands colours, unless the user wants none (no-color.org).
  public var showsColor: Bool {
    let type = environmentVariable("TERM")
    return isTerminal && (environmentVariable("NO_COLOR") ?? "").isEmpty && type != nil
      && type != "dumb"
  }
}
