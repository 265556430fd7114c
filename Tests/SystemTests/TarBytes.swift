/// Makes tar archives block by block, right ones and wrong ones.
enum TarBytes {
  /// A header block with a right checksum.
  ///
  /// - Parameters:
  ///   - magic: the eight bytes of name and version; zeros are the format of the seventh edition.
  ///   - size: the text of the field of 12 bytes; nil writes `count` in octal.
  static func header(
    _ name: String, count: Int = 0, type: Character = "0", magic: String = "ustar\u{0}00",
    prefix: String = "", size: [UInt8]? = nil
  ) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: [UInt8], at offset: Int) {
      block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    put(Array(name.utf8), at: 0)
    put(Array("0000644\u{0}0000000\u{0}0000000\u{0}".utf8), at: 100)
    put(size ?? octal(count, digits: 11) + [0], at: 124)
    put(octal(0, digits: 11) + [0], at: 136)
    put(type == "\u{0}" ? [0] : Array(String(type).utf8), at: 156)
    put(Array(magic.utf8), at: 257)
    put(Array(prefix.utf8), at: 345)
    return withChecksum(block)
  }

  static func withChecksum(_ block: [UInt8], signed: Bool = false) -> [UInt8] {
    var block = block
    block.replaceSubrange(148..<156, with: Array(repeating: 0x20, count: 8))
    let sum = block.reduce(0) { $0 + (signed ? Int(Int8(bitPattern: $1)) : Int($1)) }
    block.replaceSubrange(148..<156, with: octal(sum, digits: 6) + [0, 0x20])
    return block
  }

  /// A header with its contents, filled up to a whole block.
  static func member(
    _ name: String, _ contents: String = "", type: Character = "0",
    magic: String = "ustar\u{0}00", prefix: String = ""
  ) -> [UInt8] {
    let bytes = Array(contents.utf8)
    return header(name, count: bytes.count, type: type, magic: magic, prefix: prefix)
      + padded(bytes)
  }

  static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + Array(repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  /// A pax record with its own length in front.
  static func record(_ key: String, _ value: String) -> String {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while String(length).utf8.count + rest.utf8.count != length {
      length = String(length).utf8.count + rest.utf8.count
    }
    return String(length) + rest
  }

  static let end = [UInt8](repeating: 0, count: 1024)

  private static func octal(_ value: Int, digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: max(digits - text.count, 0)) + text).utf8)
  }
}
