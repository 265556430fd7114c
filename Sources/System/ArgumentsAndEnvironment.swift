#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The arguments of this process as bytes, beginning with the program's name.
/// `CommandLine.arguments` cannot be used, because it replaces bytes that are not UTF-8.
public func rawCommandLineArguments() -> [RawPath] {
  // SAFETY: the C runtime gives `argc` zero-terminated texts that live as long as the process.
  (0..<Int(CommandLine.argc)).compactMap { index in
    unsafe CommandLine.unsafeArgv[index].map { unsafe RawPath(zeroTerminated: $0) }
  }
}

/// The value of an environment variable as bytes; nil if it is not set.
public func environmentVariable(_ name: String) -> RawPath? {
  // SAFETY: nothing in this program changes the environment.
  unsafe getenv(name).map { unsafe RawPath(zeroTerminated: $0) }
}

extension RawPath {
  @unsafe fileprivate init(zeroTerminated text: UnsafePointer<CChar>) {
    // SAFETY: the caller promises a zero at the end.
    unsafe self.init(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}
