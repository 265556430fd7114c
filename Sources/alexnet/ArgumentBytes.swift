import System

/// Encodes arguments that are not UTF-8 as strings, for a parser that takes only strings, and
/// decodes them again.
///
/// The name of a file may consist of any bytes. Swift's own `CommandLine.arguments` replaces bytes
/// that are not UTF-8, so that the name is lost. Here each such byte becomes one scalar of the last
/// private-use plane, U+10FF00 to U+10FFFF. If a name holds one of these scalars itself, its bytes
/// are encoded in the same way, so that every argument is decoded to exactly the same bytes.
enum ArgumentBytes {
  private static let base: UInt32 = 0x10_FF00

  /// The argument as a string. `bytes(of:)` returns exactly the same bytes for it.
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

  /// The bytes of an argument, whether or not `string(carrying:)` made it.
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

  /// The argument, or a text that quotes it, for messages: bytes that are not UTF-8 become U+FFFD.
  static func repaired(_ text: String) -> String {
    String(decoding: bytes(of: text), as: UTF8.self)
  }

  private static func carrier(_ byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(base + UInt32(byte)) ?? "\u{FFFD}"
  }
}

extension RawPath {
  /// The path that an argument names, byte for byte.
  init(argument: String) {
    self.init(ArgumentBytes.bytes(of: argument))
  }
}

/// Cuts bytes into UTF-8 scalars and bytes that are not part of any scalar.
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

  /// The number of bytes of a scalar whose first byte this is; 0 if no scalar begins with this
  /// byte.
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
