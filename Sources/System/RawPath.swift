/// A path as the operating system stores it: bytes, which may have any encoding.
public struct RawPath: Sendable, Hashable {
  public let bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  public init(_ text: String) {
    bytes = Array(text.utf8)
  }

  private static let separator = UInt8(ascii: "/")

  public var isEmpty: Bool { bytes.isEmpty }

  public var isAbsolute: Bool { bytes.first == Self.separator }

  /// Whether the bytes are valid UTF-8.
  public var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }

  /// The path as text; bytes that are not UTF-8 become U+FFFD.
  public var repaired: String { String(decoding: bytes, as: UTF8.self) }

  /// The bytes in base64 (RFC 4648, section 4), for output formats that carry text only.
  public var base64: String { base64Text(of: bytes) }

  /// The path with the bytes of a base64 text; nil where it is none.
  public init?(base64 text: String) {
    guard let bytes = base64Bytes(of: text) else { return nil }
    self.bytes = bytes
  }

  /// The part after the last slash. Slashes at the end of the path are ignored. For the root, it is
  /// `/`.
  public var lastComponent: ArraySlice<UInt8> {
    guard let end = bytes.lastIndex(where: { $0 != Self.separator }) else { return bytes.prefix(1) }
    let start = bytes[...end].lastIndex(of: Self.separator).map { $0 + 1 } ?? 0
    return bytes[start...end]
  }

  /// The part before the last component: `.` if there is nothing before it, and `/` for the root
  /// and what is directly in it.
  public var parent: RawPath {
    let name = lastComponent
    guard name.first != Self.separator, name.startIndex > 0 else {
      return RawPath(bytes.first == Self.separator ? "/" : ".")
    }
    let head = bytes[..<name.startIndex]
    guard let end = head.lastIndex(where: { $0 != Self.separator }) else { return RawPath("/") }
    return RawPath(head[...end])
  }

  /// The part after the last dot of the last component, with ASCII letters in lower case. It is
  /// empty if there is no dot, or if the only dot is the first character.
  public var lowercasedExtension: String {
    fileExtension(of: lastComponent)
  }

  public func appending(_ component: some Collection<UInt8>) -> RawPath {
    guard let last = bytes.last else { return RawPath(component) }
    return RawPath(
      last == Self.separator ? bytes + component : bytes + [Self.separator] + component)
  }

  public func appending(_ component: String) -> RawPath {
    appending(component.utf8)
  }

  /// The path with a longer last component, as of a file beside another one.
  public func adding(_ ending: String) -> RawPath {
    RawPath(bytes + ending.utf8)
  }
}

extension RawPath: Comparable {
  /// Compares the paths byte by byte, as unsigned numbers.
  public static func < (left: RawPath, right: RawPath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension RawPath: ExpressibleByStringLiteral, CustomStringConvertible {
  public init(stringLiteral text: String) {
    self.init(text)
  }

  public var description: String { repaired }
}

/// The lower-cased extension of a file's name, without its dot.
func fileExtension(of name: ArraySlice<UInt8>) -> String {
  guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return "" }
  return String(decoding: name[(dot + 1)...].map(lowercased), as: UTF8.self)
}

/// `byte` in lower case if it is an ASCII letter; otherwise `byte` itself.
func lowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
