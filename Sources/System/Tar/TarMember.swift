/// A member of a tar archive.
public struct TarMember: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case file, folder
    /// A file that is stored with its holes left out.
    case sparse
    /// A link, a device, or something that only the program knows which wrote it.
    case other
  }

  /// As the archive has it.
  public let name: RawPath
  public let kind: Kind
  /// Where the contents begin in the archive, in bytes.
  public let offset: Int
  /// How many bytes of contents there are.
  public let count: Int

  public init(name: RawPath, kind: Kind, offset: Int, count: Int) {
    self.name = name
    self.kind = kind
    self.offset = offset
    self.count = count
  }

  /// The parts of the name that count, with one slash between them: `a/b` for `./a//b/`.
  ///
  /// Empty for the folder itself that was packed; nil where the name leads, or may lead, to a place
  /// outside it, as `/a` and `a/../../b` do.
  public var relativePath: RawPath? {
    let parts = name.bytes.split(separator: UInt8(ascii: "/"))
    guard name.bytes.first != UInt8(ascii: "/"), !parts.contains(Array("..".utf8)[...]) else {
      return nil
    }
    let named = parts.filter { $0 != [UInt8(ascii: ".")] }
    return RawPath(named.joined(separator: [UInt8(ascii: "/")]))
  }
}
