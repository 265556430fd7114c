public import Network

/// Finds the classes of a model by the names that people give to folders and write into lists.
public struct ClassNames: Sendable {
  public enum Match: Sendable, Equatable {
    /// The position in the model's output.
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

  /// The class with this WordNet id or label, in any case; underscores stand for spaces.
  public func find(_ name: String) -> Match {
    guard let found = positions[Self.normalized(name)] else { return .none }
    return found.count == 1 ? .one(found[0]) : .several(found)
  }

  private static func normalized(_ name: String) -> String {
    String(name.lowercased().map { $0 == "_" ? " " : $0 })
  }
}

extension ClassNames {
  /// The only class of that name; nil where there is none.
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
