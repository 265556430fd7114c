#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whether another file or file system is mounted at a path, as containers do with single files. No
/// other file can be renamed to such a path. False where that cannot be found out.
///
/// Source of the format: `proc_pid_mountinfo(5)`.
func isMountPoint(_ path: RawPath) -> Bool {
  guard let absolute = path.resolved,
    let descriptor = try? Descriptor(
      opening: "/proc/self/mountinfo", O_RDONLY, operation: "open")
  else { return false }
  var text: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 1 << 14)
  while text.count < 1 << 24 {
    guard
      let count = try? readSome(descriptor.number, into: &part, 0..<part.count, path: nil),
      count > 0
    else { break }
    text += part[..<count]
  }
  return text.split(separator: UInt8(ascii: "\n")).contains { line in
    let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
    return fields.count == 6 && unescaped(fields[4]) == absolute.bytes
  }
}

/// A path in which some bytes are written as a backslash and three octal digits.
private func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = []
  var rest = text
  while let byte = rest.popFirst() {
    let digits = rest.prefix(3)
    guard byte == UInt8(ascii: "\\"), digits.count == 3,
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) })
    else {
      bytes.append(byte)
      continue
    }
    bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - UInt8(ascii: "0")) })
    rest = rest.dropFirst(3)
  }
  return bytes
}
