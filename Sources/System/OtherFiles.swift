/// Files that a search skipped, since their names are not those of files that it looks for.
public struct OtherFiles: Sendable, Equatable {
  /// The most kinds that are told apart, so that a folder of any size takes little memory.
  private static let mostKinds = 64
  /// How many of them are named.
  private static let mostNamed = 3

  public private(set) var count = 0
  /// How many there are of each ending, in lower case; those without one count under an empty text.
  public private(set) var kinds: [String: Int] = [:]
  /// The first of them.
  public private(set) var first: [RawPath] = []

  public init() {}

  /// - Parameter path: made only where the file is to be named.
  mutating public func add(name: [UInt8], path: () -> RawPath) {
    count += 1
    let kind = fileExtension(of: name[...])
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
