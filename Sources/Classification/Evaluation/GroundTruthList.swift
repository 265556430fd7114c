public import System

/// A text file that says what images show, a line an image: Caffe's `val.txt` ("name index"), names
/// with WordNet ids or labels, or classes alone.
public struct GroundTruthList: Sendable, Equatable {
  public enum Entries: Sendable, Equatable {
    /// Each image with its class, or nil where that is a name which the model does not know.
    case named([(name: RawPath, classIndex: Int?)])
    /// Classes in the sorted order of the files.
    case ordered([Int?])

    public static func == (left: Entries, right: Entries) -> Bool {
      switch (left, right) {
      case (.named(let left), .named(let right)): left.elementsEqual(right, by: ==)
      case (.ordered(let left), .ordered(let right)): left == right
      default: false
      }
    }
  }

  public let entries: Entries
  /// The names of classes that the model does not know, each once.
  public let unknown: [String]

  /// - Parameter path: what messages call the list.
  public init(_ text: [UInt8], path: RawPath, classes: ClassNames) throws(EvaluationError) {
    let lines = Self.lines(text)
    guard let first = lines.first else { throw .emptyList(path) }
    var unknown: [String] = []
    var seen: Set<String> = []
    func index(_ name: String) throws(EvaluationError) -> Int? {
      let index = try classes.index(of: name)
      if index == nil, seen.insert(name).inserted { unknown.append(name) }
      return index
    }
    // The first line tells which form it is: a whole line that is a class has no name before it.
    let isOrdered = classes.find(first.text.repaired) != .none || Self.split(first.text) == nil
    if isOrdered {
      var classes: [Int?] = []
      for line in lines {
        let name = line.text.repaired
        let found = try index(name)
        guard found != nil || Int(name) == nil else {
          throw .badLine(
            path, line: line.number,
            problem: "'\(name)' is a number alone, and numberings of the classes differ")
        }
        classes.append(found)
      }
      entries = .ordered(classes)
    } else {
      var images: [(RawPath, Int?)] = []
      var lineOf: [RawPath: Int] = [:]
      for line in lines {
        guard let (name, target) = Self.split(line.text) else {
          throw .badLine(path, line: line.number, problem: "there is no space in it")
        }
        if let earlier = lineOf.updateValue(line.number, forKey: name) {
          throw .badLine(
            path, line: line.number, problem: "'\(name)' stands on line \(earlier), too")
        }
        guard let number = Int(target), case .none = classes.find(target) else {
          images.append((name, try index(target)))
          continue
        }
        guard classes.labels.indices.contains(number) else {
          throw .badLine(
            path, line: line.number,
            problem: "there is no class \(number); the model's go from 0 to "
              + "\(classes.labels.count - 1)")
        }
        images.append((name, number))
      }
      entries = .named(images)
    }
    self.unknown = unknown
  }

  /// What is on each line, without the blanks and the carriage return round it; numbers from 1.
  private static func lines(_ text: [UInt8]) -> [(number: Int, text: RawPath)] {
    text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .compactMap { number, line in
        let text = trimmed(line)
        return text.isEmpty ? nil : (number + 1, RawPath(text))
      }
  }

  /// Cuts at the last tab or else the last space: names may have spaces in them.
  private static func split(_ line: RawPath) -> (name: RawPath, target: String)? {
    let bytes = line.bytes
    guard
      let cut = bytes.lastIndex(of: UInt8(ascii: "\t")) ?? bytes.lastIndex(of: UInt8(ascii: " "))
    else { return nil }
    let name = trimmed(bytes[..<cut])
    return name.isEmpty
      ? nil : (RawPath(name), String(decoding: trimmed(bytes[(cut + 1)...]), as: UTF8.self))
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    let rest = bytes.drop(while: isBlank)
    guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return [] }
    return rest[...last]
  }
}
