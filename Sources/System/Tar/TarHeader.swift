/// One header block of a tar archive (IEEE Std 1003.1, pax, "ustar Interchange Format"; GNU tar
/// manual, "Basic Tar Format").
struct TarHeader {
  static let blockSize = 512

  /// Up to its first zero byte; with the prefix of a `ustar` header in front.
  let name: [UInt8]
  /// The type flag.
  let type: UInt8
  /// Bytes of contents, as the field says.
  let size: Int

  /// - Parameter block: ``blockSize`` bytes.
  init(_ block: [UInt8]) throws(TarProblem) {
    guard Self.hasRightChecksum(block) else { throw .wrongChecksum }
    guard let size = Self.number(block[124..<136]) else { throw .badSize }
    self.size = size
    type = block[156]
    let name = Self.text(block[0..<100])
    // GNU tar writes "ustar" and two spaces, and keeps times where the prefix would be.
    let prefix =
      block[257..<263].elementsEqual(Array("ustar\0".utf8)) ? Self.text(block[345..<500]) : []
    self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
  }

  /// Whether the text at the place of the format's name says that this is a header.
  static func hasMagic(_ block: [UInt8]) -> Bool {
    block.count >= blockSize && block[257..<262].elementsEqual("ustar".utf8)
  }

  /// Whether the bytes add up to the stored sum, in which the field of the sum counts as spaces.
  /// Some old programs added signed bytes.
  static func hasRightChecksum(_ block: [UInt8]) -> Bool {
    guard block.count >= blockSize, let stored = octal(block[148..<156]) else { return false }
    var unsigned = 0
    var signed = 0
    for (index, byte) in block.prefix(blockSize).enumerated() {
      let byte = (148..<156).contains(index) ? 0x20 : byte
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    return stored == unsigned || stored == signed
  }

  /// A number in octal digits or, where the first bit is set, in base 256 with the highest byte
  /// first; nil where it is neither, is negative or does not fit. An empty field is 0.
  static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first, first & 0x80 != 0 else {
      return field.allSatisfy { $0 == 0 || $0 == 0x20 } ? 0 : octal(field)
    }
    // The second bit is the sign.
    guard first & 0x40 == 0 else { return nil }
    var value = Int(first & 0x3F)
    for byte in field.dropFirst() {
      guard value <= Int.max >> 8 else { return nil }
      value = value << 8 | Int(byte)
    }
    return value
  }

  /// Digits after any spaces, ended by a space, a zero byte or the end of the field.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      // Twelve digits are 36 bits.
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value << 3 | Int(digit & 7)
    }
    return value
  }

  /// The bytes before the first zero byte.
  static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }
}
