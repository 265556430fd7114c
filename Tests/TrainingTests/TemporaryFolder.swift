import System

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder of a test's own, removed with everything in it at the end.
final class TemporaryFolder {
  let path: RawPath

  init() {
    var template = Array("/tmp/alexnet-tests-XXXXXX".utf8CString)
    // SAFETY: the template ends with a zero and is changed in place.
    _ = unsafe mkdtemp(&template)
    path = RawPath(template.dropLast().map { UInt8(bitPattern: $0) })
  }

  deinit {
    Self.remove(path)
  }

  @discardableResult
  func file(_ name: String, _ contents: String = "x") -> RawPath {
    file(Array(name.utf8), Array(contents.utf8))
  }

  @discardableResult
  func file(_ name: [UInt8], _ contents: [UInt8]) -> RawPath {
    let path = path.appending(name)
    let number = call(path) { unsafe open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
    unsafe contents.withUnsafeBytes { _ = unsafe write(number, $0.baseAddress, $0.count) }
    close(number)
    return path
  }

  @discardableResult
  func folder(_ name: String) -> RawPath {
    let path = path.appending(name)
    _ = call(path) { unsafe mkdir($0, 0o755) }
    return path
  }

  @discardableResult
  func fifo(_ name: String) -> RawPath {
    let path = path.appending(name)
    _ = call(path) { unsafe mkfifo($0, 0o644) }
    return path
  }

  @discardableResult
  func link(_ name: String, to target: String) -> RawPath {
    let path = path.appending(name)
    _ = call(path) { unsafe symlink(target, $0) }
    return path
  }

  func setMode(_ path: RawPath, _ mode: mode_t) {
    _ = call(path) { unsafe chmod($0, mode) }
  }

  func mode(_ path: RawPath) -> mode_t {
    var status = stat()
    _ = call(path) { unsafe stat($0, &status) }
    return status.st_mode & 0o777
  }

  func text(_ path: RawPath) -> String? {
    (try? readFile(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The names in the folder, hidden ones too.
  var names: [String] {
    var names: [String] = []
    // SAFETY: the stream is open until the end, and each entry is used up before the next.
    guard let stream = call(path, { unsafe opendir($0) }) else { return [] }
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    unsafe closedir(stream)
    return names.sorted()
  }

  private static func remove(_ path: RawPath) {
    _ = call(path) {
      unsafe system("chmod -R u+rwx '\(String(cString: $0))'; rm -rf '\(String(cString: $0))'")
    }
  }
}

/// Root may do everything, so tests of refusals mean nothing then.
let isRoot = geteuid() == 0

@safe func call<Result>(_ path: RawPath, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
  let text = path.bytes.map { CChar(bitPattern: $0) } + [0]
  // SAFETY: the array ends with a zero and outlives the call.
  return unsafe text.withUnsafeBufferPointer { unsafe body($0.baseAddress.unsafelyUnwrapped) }
}
