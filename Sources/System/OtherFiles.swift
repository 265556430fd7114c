/// Files that a search skipped, since their names are not those of files that it looks for.
public struct OtherFiles: Sendable, Equatable {
  /// What tells others apart: the ending, or why a file with the name of a picture is none.
  public enum Kind: Hashable, Sendable, CustomStringConvertible {
    /// The ending of the name in lower case, without the dot; empty where there is none.
    case ending(String)
    /// A member of an archive that is stored with its holes left out.
    case sparse
    /// A link or a device in an archive.
    case linkOrDevice

    public var description: String {
      switch self {
      case .ending(""): "without an ending"
      case .ending(let ending): "." + ending
      case .sparse: "sparse"
      case .linkOrDevice: "link or device"
      }
    }
  }

  /// The most kinds that are told apart, so that a folder of any size takes little memory.
  private static let mostKinds = 64
  /// How many of them are named.
  private static let mostNamed = 3

  public private(set) var count = 0
  /// How many there are of each kind.
  public private(set) var kinds: [Kind: Int] = [:]
  /// The first of them.
  public private(set) var first: [RawPath] = []

  public init() {}

  /// Adds a file whose kind is the ending of its name.
  ///
  /// - Parameter path: made only where the file is to be named.
  mutating public func add(name: [UInt8], path: () -> RawPath) {
    add(.ending(fileExtension(of: name[...])), path: path)
  }

  /// - Parameter path: made only where the file is to be named.
  mutating public func add(_ kind: Kind, path: () -> RawPath) {
    count += 1
    if kinds[kind] != nil || kinds.count < Self.mostKinds { kinds[kind, default: 0] += 1 }
    if first.count < Self.mostNamed { first.append(path()) }
  }

  public mutating func add(_ others: OtherFiles) {
    count += others.count
    for (kind, number) in others.kinds where kinds[kind] != nil || kinds.count < Self.mostKinds {
      kinds[kind, default: 0] += number
    }
    first += others.first.prefix(Self.mostNamed - first.count)
  }
}
