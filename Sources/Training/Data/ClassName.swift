import Classification
import Network
import System

/// How training data names a class: by a WordNet id, a label, or both.
struct ClassName: Equatable {
  let wnid: String?
  let label: String?

  /// A name that is a WordNet id if it has the form of one, and otherwise a label.
  init(_ name: String) {
    self.init(wnid: Self.isWordNetID(name) ? name : nil, label: Self.isWordNetID(name) ? nil : name)
  }

  init(wnid: String?, label: String?) {
    self.wnid = wnid
    self.label = label
  }

  /// What tells classes apart, and what they are sorted by.
  var key: String { wnid ?? label ?? "" }

  /// - Parameter names: readable names by WordNet id.
  func classLabel(names: [String: String]) -> ClassLabel {
    ClassLabel(wnid: wnid, label: label ?? wnid.map { names[$0] ?? $0 } ?? "")
  }

  /// An `n` followed by eight digits.
  private static func isWordNetID(_ text: String) -> Bool {
    let bytes = text.utf8
    return bytes.count == 9 && bytes.first == UInt8(ascii: "n")
      && bytes.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
  }
}

/// The classes of a set of photos, and which of them a name stands for.
struct ClassTable {
  let classes: [ClassLabel]
  private let byWordNetID: [String: Int]
  private let byLabel: [String: [Int]]
  /// Finds names that are not written exactly like a class.
  private let loosely: ClassNames

  /// Classes that are given.
  init(_ classes: [ClassLabel]) {
    self.classes = classes
    var byWordNetID: [String: Int] = [:]
    var byLabel: [String: [Int]] = [:]
    for (index, label) in classes.enumerated() {
      if let wnid = label.wnid { byWordNetID[wnid] = index }
      byLabel[label.label, default: []].append(index)
    }
    self.byWordNetID = byWordNetID
    self.byLabel = byLabel
    loosely = ClassNames(classes)
  }

  /// One class for each name, in their order.
  ///
  /// - Throws: ``TrainingDataError/sameLabel(_:where:)`` where two classes could not be told apart;
  ///   two WordNet ids may share a label, as the two cranes of ImageNet do.
  init(
    making found: [ClassName], names: [String: String], where place: RawPath
  ) throws(TrainingDataError) {
    var keys: Set<String> = []
    // Whether a class with this label has no WordNet id.
    var hasPlain: [String: Bool] = [:]
    var classes: [ClassLabel] = []
    for name in found {
      let label = name.classLabel(names: names)
      let isPlain = name.wnid == nil
      guard keys.insert(name.key).inserted,
        hasPlain[label.label].map({ !$0 && !isPlain }) ?? true
      else { throw .sameLabel(label.label, where: place) }
      hasPlain[label.label] = isPlain
      classes.append(label)
    }
    self.init(classes)
  }

  /// The class with this WordNet id, else with exactly this label, else the only one whose label or
  /// id is the same but for case and underscores.
  func find(_ name: ClassName) -> ClassNames.Match {
    if let wnid = name.wnid, let index = byWordNetID[wnid] { return .one(index) }
    if let label = name.label, let found = byLabel[label], found.count == 1 {
      return .one(found[0])
    }
    return loosely.find(name.label ?? name.key)
  }

  /// The class of each name.
  ///
  /// - Throws: all names that are no class together.
  func indices(
    of found: [ClassName], where place: RawPath
  ) throws(TrainingDataError) -> [Int] {
    var indices: [Int] = []
    var unknown: [String] = []
    for name in found {
      switch find(name) {
      case .one(let index): indices.append(index)
      case .none: unknown.append(name.label ?? name.key)
      case .several: throw .ambiguousClass(name: name.label ?? name.key, where: place)
      }
    }
    guard unknown.isEmpty else { throw .unknownClasses(names: unknown, where: place) }
    return indices
  }
}
