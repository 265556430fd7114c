import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An end of the process for which nothing more is allocated: where there is no memory left.
@safe public struct PreparedExit: Sendable {
  /// Whether a thread ends the process now.
  static let hasBegun = Atomic<Bool>(false)

  private let code: Int32
  // SAFETY: never freed, and never changed after `init`.
  nonisolated(unsafe) private let message: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter message: what is written to standard error.
  public init(code: Int32, message: String) {
    TemporaryFiles.prepare()
    self.code = code
    unsafe self.message = .allocate(capacity: message.utf8.count)
    _ = unsafe self.message.initialize(from: message.utf8)
  }

  /// Ends the process at once, and removes its unfinished files. Any thread may call this.
  public func perform() -> Never {
    Self.hasBegun.store(true, ordering: .releasing)
    TemporaryFiles.removeAll()
    // A pipe whose reader takes nothing must not keep the process.
    var error = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    // SAFETY: there is one entry; the buffer is initialised as far as it goes.
    if unsafe poll(&error, 1, 1000) > 0 {
      _ = unsafe write(STDERR_FILENO, message.baseAddress, message.count)
    }
    _exit(code)
  }
}
