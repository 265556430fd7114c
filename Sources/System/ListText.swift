/// The bytes of a list that somebody may have written with an editor, without the byte order mark
/// that some editors put before everything else.
///
/// - Throws: ``SystemError/utf16Text(path:)``.
public func listText(_ bytes: [UInt8], of path: RawPath) throws(SystemError) -> ArraySlice<UInt8> {
  if isUTF16(bytes[...]) { throw .utf16Text(path: path) }
  return bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes[...]
}

/// The byte order mark of UTF-8.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// Whether text begins with one of the byte order marks of UTF-16.
func isUTF16(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
}
