/// The files that a search for pictures skipped.
public struct OtherFiles: Sendable, Equatable {
  /// Why a file was skipped.
  public enum Kind: Hashable, Sendable, CustomStringConvertible {
    /// The ending of its name, in lower case and without the dot; empty where there is none.
    case ending(String)
    /// It has the name of a picture, but is a link or a device in an archive.
    case linkOrDevice

    public var description: String {
      switch self {
      case .ending(""): "without an ending"
      case .ending(let ending): "." + ending
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
  /// How many pictures an archive stores as sparse files, with their holes left out. They count
  /// apart from the others: they are pictures, but cannot be read.
  public private(set) var sparseCount = 0
  /// The first of these pictures.
  public private(set) var firstSparse: [RawPath] = []

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
    count(kind, 1)
    if first.count < Self.mostNamed { first.append(path()) }
  }

  /// Adds a picture that is stored as a sparse file.
  mutating public func add(sparse path: RawPath) {
    sparseCount += 1
    if firstSparse.count < Self.mostNamed { firstSparse.append(path) }
  }

  public mutating func add(_ others: OtherFiles) {
    count += others.count
    for (kind, number) in others.kinds { count(kind, number) }
    first += others.first.prefix(Self.mostNamed - first.count)
    sparseCount += others.sparseCount
    firstSparse += others.firstSparse.prefix(Self.mostNamed - firstSparse.count)
  }

  private mutating func count(_ kind: Kind, _ number: Int) {
    if kinds[kind] != nil || kinds.count < Self.mostKinds || kind == .linkOrDevice {
      kinds[kind, default: 0] += number
    }
  }
}
