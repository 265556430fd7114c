import Glibc
import System

struct Terminal {
  let fd: Int32
  static let standardError = Terminal(fd: 2)
  static let standardOutput = Terminal(fd: 1)
  var canMoveCursor: Bool { isatty(fd) == 1 }
  var wantsColor: Bool { isatty(fd) == 1 }
  var width: Int? { 80 }
}
enum StandardError { static func write(_ b: [UInt8]) { _ = unsafe Glibc.write(2, b, b.count) } }
enum StandardOutput {
  static func write(_ b: [UInt8]) throws(SystemError) {
    if unsafe Glibc.write(1, b, b.count) < 0 {
      throw .failed(operation: "write", path: nil, errno: errno)
    }
  }
}
final class AtomicFile {
  init(_ path: RawPath) throws(SystemError) {}
  func write(_ b: [UInt8]) throws(SystemError) {}
  func commit() throws(SystemError) {}
  func discard() {}
}
func exitProcess(_ c: Int32) -> Never { exit(c) }
struct RGBColor: Sendable { init?(parsing: String) {} }
struct DecodeOptions { var maxPixels = 179_000_000 }
