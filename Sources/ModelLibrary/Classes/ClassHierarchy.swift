import CStarterModel
public import Network

/// What the classes of ImageNet are kinds of: the part of WordNet above them.
///
/// `Scripts/make-hypernyms.py` made the table from WordNet 3.0.
public struct ClassHierarchy: Sendable {
  /// A set of synonyms in WordNet.
  private struct Synset {
    /// The WordNet ids of the synsets directly above.
    let parents: [String]
    let word: String
  }

  public static let imageNet = ClassHierarchy(table: table)

  private let synsets: [String: Synset]

  /// - Parameter table: lines of a WordNet id, the ids directly above it and a word, with tabs
  ///   between them.
  private init(table: [UInt8]) {
    synsets = Dictionary(
      table.split(separator: UInt8(ascii: "\n")).compactMap { line in
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
          .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 3 else { return nil }
        let parents = fields[1].split(separator: ",").map(String.init)
        return (fields[0], Synset(parents: parents, word: fields[2]))
      }
    ) { first, _ in first }
  }

  private static var table: [UInt8] {
    // SAFETY: the address and the size are those of read-only data in the program.
    let bytes = unsafe UnsafeBufferPointer(
      start: alexnet_imagenet_hypernyms_bytes(), count: alexnet_imagenet_hypernyms_size())
    return unsafe Array(bytes)
  }

  /// The synset itself, if it is known, and then all that are above it, the nearest first.
  public func lineage(of wnid: String) -> [String] {
    var lineage: [String] = []
    var level = [wnid]
    var seen: Set<String> = []
    while !level.isEmpty {
      level = level.filter { synsets[$0] != nil && seen.insert($0).inserted }
      lineage += level
      level = level.flatMap { synsets[$0]?.parents ?? [] }
    }
    return lineage
  }

  /// The WordNet ids directly above a synset; none for one that is not known.
  public func parents(of wnid: String) -> [String] { synsets[wnid]?.parents ?? [] }

  /// The first word of a synset; nil if it is not known.
  public func word(for wnid: String) -> String? { synsets[wnid]?.word }

  /// The group of a class: that of the nearest synset above it which stands for a group. Nil for a
  /// synset that is not known.
  public func group(of wnid: String) -> String? {
    lineage(of: wnid).lazy.compactMap { ClassGroup.names[$0] }.first
  }

  /// Finds the classes that a word stands for.
  ///
  /// - Parameters:
  ///   - term: a label, a WordNet id, the name of a group, or the first word of a synset above a
  ///     class. Upper and lower case count as the same, and so do underscores and spaces.
  ///   - labels: the classes of a model.
  /// - Returns: their indices. A class belongs to a group that it is a kind of, even if its own
  ///   group is a narrower one: dogs are mammals.
  public func indices(matching term: String, in labels: [ClassLabel]) -> [Int] {
    let term = Self.normalized(term)
    let named = labels.indices.filter { index in
      Self.normalized(labels[index].label) == term || labels[index].wnid == term
    }
    let roots =
      ClassGroup.roots(of: term)
      ?? Set(synsets.filter { $0.key == term || Self.normalized($0.value.word) == term }.keys)
    guard !roots.isEmpty else { return named }
    let below = labels.indices.filter { index in
      guard let wnid = labels[index].wnid else { return false }
      return group(of: wnid) == term || lineage(of: wnid).contains(where: roots.contains)
    }
    return Set(named).union(below).sorted()
  }

  /// What ``indices(matching:in:)`` can find classes by, without WordNet ids.
  public func names(for labels: [ClassLabel]) -> [String] {
    let above = Set(labels.flatMap { $0.wnid.map(lineage) ?? [] })
    let groups = Set(labels.compactMap { $0.wnid.flatMap(group) })
    return labels.map(\.label) + groups.sorted() + above.compactMap(word).sorted()
  }

  private static func normalized(_ text: String) -> String {
    String(text.lowercased().map { $0 == "_" ? " " : $0 })
  }
}
