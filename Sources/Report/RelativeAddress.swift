import System

/// The address of one folder as seen from another: `../photos/`, percent-encoded (RFC 3986), with a
/// slash at its end; empty for the same folder.
///
/// A browser takes `..` away from an address as text, without following links. So does this.
///
/// - Parameters:
///   - folder: absolute or relative to the working directory, as is `base`.
///   - working: the working directory.
func relativeAddress(of folder: RawPath, from base: RawPath, in working: RawPath) -> String {
  let target = parts(of: folder, in: working)
  let start = parts(of: base, in: working)
  let common = zip(target, start).prefix { $0 == $1 }.count
  let up = String(repeating: "../", count: start.count - common)
  return up + target[common...].map { percentEncoded($0) + "/" }.joined()
}

/// The names in an absolute path, without `.` and `..`.
private func parts(of path: RawPath, in working: RawPath) -> [[UInt8]] {
  let slash = UInt8(ascii: "/")
  let absolute = path.bytes.first == slash ? path : working.appending(path.bytes)
  var parts: [[UInt8]] = []
  for part in absolute.bytes.split(separator: slash) {
    switch Array(part) {
    case Array(".".utf8): continue
    case Array("..".utf8): _ = parts.popLast()
    case let name: parts.append(name)
    }
  }
  return parts
}

/// The name with all but letters, digits and some marks as `%XX` (RFC 3986).
func percentEncoded(_ name: [UInt8]) -> String {
  let digits = Array("0123456789ABCDEF".unicodeScalars)
  var text = ""
  for byte in name {
    let scalar = Unicode.Scalar(byte)
    switch scalar {
    case "A"..."Z", "a"..."z", "0"..."9", "-", ".", "_", "~": text.unicodeScalars.append(scalar)
    default:
      text += "%"
      text.unicodeScalars.append(digits[Int(byte >> 4)])
      text.unicodeScalars.append(digits[Int(byte & 15)])
    }
  }
  return text
}
