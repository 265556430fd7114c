public import Network

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

  public init(_ labels: [ClassLabel]) {
    self.labels = labels
    var positions: [String: [Int]] = [:]
    for (index, label) in labels.enumerated() {
      for name in Set([label.wnid, label.label].compactMap { $0.map(Self.normalized) }) {
        positions[name, default: []].append(index)
      }
    }
    self.positions = positions
  }

  /// The class with this WordNet id or label. Upper and lower case count as the same, and so do
  /// underscores and spaces.
  public func find(_ name: String) -> Match {
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
