public import Network
public import System

/// Finds the classes of a model from the names of folders or the names in a list.
public struct ClassNames: Sendable {
  public enum Match: Sendable, Equatable {
    /// The index of the class in the model's output.
    case one(Int)
    /// Several classes have this label.
    case several([Int])
    case none
  }

  public let labels: [ClassLabel]
  private let positions: [String: [Int]]
  /// The classes that other names stand for, by these names.
  private let aliases: [String: Int]
  /// No name that ``find(_:)`` finds has more bytes.
  let longestName: Int

  public init(_ labels: [ClassLabel]) {
    self.labels = labels
    aliases = [:]
    var positions: [String: [Int]] = [:]
    for (index, label) in labels.enumerated() {
      for name in Set([label.wnid, label.label].compactMap { $0.map(Self.normalized) }) {
        positions[name, default: []].append(index)
      }
    }
    self.positions = positions
    longestName = Self.longest(positions.keys)
  }

  /// The same classes, which can also be found by other names.
  ///
  /// - Parameters:
  ///   - map: pairs of another name, and the WordNet id or the label of a class.
  ///   - path: where the map is from, for messages.
  /// - Throws: ``EvaluationError/unknownClasses(names:where:)`` and
  ///   ``EvaluationError/ambiguousClass(name:wnids:)``.
  public func adding(
    _ map: [(name: String, target: String)], from path: RawPath
  ) throws(EvaluationError) -> ClassNames {
    var aliases = aliases
    var unknown: [String] = []
    for (name, target) in map {
      if let index = try index(of: target) {
        aliases[Self.normalized(name)] = index
      } else {
        unknown.append(target)
      }
    }
    guard unknown.isEmpty else { throw .unknownClasses(names: suggesting(unknown), where: path) }
    return ClassNames(labels: labels, positions: positions, aliases: aliases)
  }

  private init(labels: [ClassLabel], positions: [String: [Int]], aliases: [String: Int]) {
    (self.labels, self.positions, self.aliases) = (labels, positions, aliases)
    longestName = max(Self.longest(positions.keys), Self.longest(aliases.keys))
  }

  private static func longest(_ names: some Sequence<String>) -> Int {
    // The same letter may have more bytes: in another case, or with its accents apart.
    4 * (names.lazy.map(\.utf8.count).max() ?? 0)
  }

  /// The question whether the label that is most like a name was meant, with a space behind it;
  /// empty where none is like it.
  public func question(_ name: String) -> String {
    Suggestion.question(Self.normalized(name), among: labels.map(\.label))
  }

  /// Names that are no classes, the first ones with that question: only they are shown, and a
  /// question for each of thousands would take long.
  func suggesting(_ names: [String]) -> [String] {
    names.prefix(namesShown).map { name in
      let question = question(name)
      return question.isEmpty ? name : "\(name) (\(question.dropLast()))"
    } + names.dropFirst(namesShown)
  }

  /// The class with this WordNet id or label. Upper and lower case count as the same, and so do
  /// underscores and spaces.
  public func find(_ name: String) -> Match {
    if let alias = aliases[Self.normalized(name)] { return .one(alias) }
    guard let found = positions[Self.normalized(name)] else { return .none }
    return found.count == 1 ? .one(found[0]) : .several(found)
  }

  private static func normalized(_ name: String) -> String {
    String(name.lowercased().map { $0 == "_" ? " " : $0 })
  }
}

extension ClassNames {
  /// The class with this name; nil if there is none.
  ///
  /// - Throws: ``EvaluationError/ambiguousClass(name:wnids:)`` if several classes have this label.
  func index(of name: String) throws(EvaluationError) -> Int? {
    switch find(name) {
    case .one(let index): return index
    case .none: return nil
    case .several(let indices):
      throw .ambiguousClass(
        name: name, wnids: indices.map { labels[$0].wnid ?? "class \($0)" })
    }
  }
}
