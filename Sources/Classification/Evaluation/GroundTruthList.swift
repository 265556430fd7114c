public import System

/// A text file with the right classes of images, one image on each line. A line is a name and an
/// index, as in Caffe's `val.txt`, a name and a WordNet id or label, or a class without a name.
public struct GroundTruthList: Sendable, Equatable {
  public enum Entries: Sendable, Equatable {
    /// Each image with its class; nil if the model does not have the class.
    case named([(name: RawPath, classIndex: Int?)])
    /// The class of each image, in the sorted order of the files; nil as above.
    case ordered([Int?])

    public static func == (left: Entries, right: Entries) -> Bool {
      switch (left, right) {
      case (.named(let left), .named(let right)): left.elementsEqual(right, by: ==)
      case (.ordered(let left), .ordered(let right)): left == right
      default: false
      }
    }
  }

  fileprivate struct Line {
    let number: Int
    let text: RawPath
  }

  public let entries: Entries
  /// The names of classes that the model does not have, without duplicates.
  public let unknown: [String]

  /// - Parameter path: the path of the list, for messages.
  public init(_ text: [UInt8], path: RawPath, classes: ClassNames) throws(EvaluationError) {
    let lines: [Line]
    do throws(SystemError) {
      lines = Self.lines(try listText(text, of: path))
    } catch {
      throw .unreadable(error)
    }
    guard let first = lines.first else { throw .emptyList(path) }
    var reader = ListReader(path: path, classes: classes)
    // The first line decides which form the list has. If the whole line is the name of a class, the
    // lines have no names of images.
    if classes.find(first.text.repaired) != .none || !Self.canBeSplit(first.text) {
      entries = .ordered(try reader.ordered(lines))
    } else {
      entries = .named(try reader.named(lines))
    }
    unknown = reader.unknown
  }

  /// The lines that are not empty, without white space at both ends. Lines are counted from 1.
  private static func lines(_ text: ArraySlice<UInt8>) -> [Line] {
    text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .compactMap { number, line in
        let text = trimmed(line)
        return text.isEmpty ? nil : Line(number: number + 1, text: RawPath(text))
      }
  }

  /// Whether a line, without white space at both ends, may be a name and a class.
  private static func canBeSplit(_ line: RawPath) -> Bool {
    line.bytes.contains(UInt8(ascii: "\t")) || line.bytes.contains(UInt8(ascii: " "))
  }

  /// Splits a line into a name and a class: at the last tab, or if there is no tab, at the first
  /// space with a class behind it, because names and labels may contain spaces. Without such a
  /// space, at the last one. Nil if the line has neither tab nor space.
  fileprivate static func split(
    _ line: RawPath, _ classes: ClassNames
  ) -> (name: RawPath, target: String)? {
    let bytes = line.bytes
    let space = UInt8(ascii: " ")
    func parts(_ cut: Int) -> (name: RawPath, target: String) {
      (
        RawPath(trimmed(bytes[..<cut])),
        String(decoding: trimmed(bytes[(cut + 1)...]), as: UTF8.self)
      )
    }
    if let tab = bytes.lastIndex(of: UInt8(ascii: "\t")) { return parts(tab) }
    guard let last = bytes.lastIndex(of: space) else { return nil }
    // Nothing that is longer than all names of classes is one of them.
    let first = max(1, bytes.count - 1 - classes.longestName)
    for cut in stride(from: first, to: last, by: 1)
    where bytes[cut] == space && bytes[cut + 1] != space {
      let found = parts(cut)
      if classes.find(found.target) != .none { return found }
    }
    return parts(last)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    let rest = bytes.drop(while: isBlank)
    guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return [] }
    return rest[...last]
  }
}

/// Finds the classes on the lines of a list, and collects the names that are not classes.
private struct ListReader {
  let path: RawPath
  let classes: ClassNames
  private(set) var unknown: [String] = []
  private var seen: Set<String> = []

  init(path: RawPath, classes: ClassNames) {
    self.path = path
    self.classes = classes
  }

  mutating func ordered(_ lines: [GroundTruthList.Line]) throws(EvaluationError) -> [Int?] {
    var result: [Int?] = []
    for line in lines {
      let name = line.text.repaired
      let index = try index(of: name)
      guard index != nil || Int(name) == nil else {
        throw bad(line, "'\(name)' is only a number, and lists differ in how they number classes")
      }
      result.append(index)
    }
    return result
  }

  mutating func named(
    _ lines: [GroundTruthList.Line]
  ) throws(EvaluationError) -> [(name: RawPath, classIndex: Int?)] {
    var result: [(name: RawPath, classIndex: Int?)] = []
    var lineOf: [RawPath: Int] = [:]
    for line in lines {
      guard let (name, target) = GroundTruthList.split(line.text, classes) else {
        throw bad(line, "there is no space in it")
      }
      if let earlier = lineOf.updateValue(line.number, forKey: name) {
        throw bad(line, "'\(name)' is also on line \(earlier)")
      }
      result.append((name, try index(target, line)))
    }
    return result
  }

  /// The index of the class after a name. A number is an index, unless a class has it as its name.
  private mutating func index(
    _ target: String, _ line: GroundTruthList.Line
  ) throws(EvaluationError) -> Int? {
    guard let number = Int(target), classes.find(target) == .none else {
      return try index(of: target)
    }
    guard classes.labels.indices.contains(number) else {
      throw bad(
        line,
        "there is no class \(number); the model has classes 0 to \(classes.labels.count - 1)")
    }
    return number
  }

  private mutating func index(of name: String) throws(EvaluationError) -> Int? {
    let index = try classes.index(of: name)
    if index == nil, seen.insert(name).inserted { unknown.append(name) }
    return index
  }

  private func bad(_ line: GroundTruthList.Line, _ problem: String) -> EvaluationError {
    .badLine(path, line: line.number, problem: problem)
  }
}
