/// Carries arguments that are not UTF-8 through a parser that only knows strings, and back.
///
/// A file's name may be any bytes. Swift's own `CommandLine.arguments` replaces what is not UTF-8, and
/// the name is lost. Here each such byte becomes one scalar of the last private-use plane, U+10FF00
/// to U+10FFFF, and returns from it. The bytes of those very scalars, should a name hold them, are
/// carried in the same way, so that the round trip is exact for every argument.
enum ArgumentBytes {
  private static let base: UInt32 = 0x10_FF00

  /// The argument as a string that `bytes(of:)` turns back into exactly the same bytes.
  static func string(carrying bytes: [UInt8]) -> String {
    var scalars = String.UnicodeScalarView()
    var decoder = UTF8Scanner(bytes)
    while let unit = decoder.next() {
      switch unit {
      case .scalar(let scalar, let range):
        if scalar.value >= base {
          scalars.append(contentsOf: bytes[range].map(carrier))
        } else {
          scalars.append(scalar)
        }
      case .invalid(let byte):
        scalars.append(carrier(byte))
      }
    }
    return String(scalars)
  }

  /// The bytes of an argument that may have passed through `string(carrying:)`.
  static func bytes(of argument: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(argument.utf8.count)
    for scalar in argument.unicodeScalars {
      if scalar.value >= base, scalar.value <= base + 0xFF {
        bytes.append(UInt8(scalar.value - base))
      } else {
        bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
      }
    }
    return bytes
  }

  /// The argument, or text that quotes it, as it can be shown: what is not UTF-8 becomes U+FFFD.
  static func repaired(_ text: String) -> String {
    String(decoding: bytes(of: text), as: UTF8.self)
  }

  private static func carrier(_ byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(base + UInt32(byte)) ?? "\u{FFFD}"
  }
}

/// Cuts bytes into UTF-8 scalars and the bytes that belong to none.
private struct UTF8Scanner {
  enum Unit {
    case scalar(Unicode.Scalar, Range<Int>)
    case invalid(UInt8)
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func next() -> Unit? {
    guard position < bytes.count else { return nil }
    let start = position
    let length = Self.length(leading: bytes[start])
    if length > 0, start + length <= bytes.count,
      let text = String(validating: bytes[start..<start + length], as: UTF8.self),
      let scalar = text.unicodeScalars.first
    {
      position += length
      return .scalar(scalar, start..<start + length)
    }
    position += 1
    return .invalid(bytes[start])
  }

  /// How many bytes the scalar takes that begins with this one; 0 for a byte that begins none.
  private static func length(leading byte: UInt8) -> Int {
    switch byte {
    case 0x00..<0x80: 1
    case 0xC2..<0xE0: 2
    case 0xE0..<0xF0: 3
    case 0xF0..<0xF5: 4
    default: 0
    }
  }
}
