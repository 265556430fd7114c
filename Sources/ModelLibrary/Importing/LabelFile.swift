import JSON
public import Network
public import System

/// Reads a list of class names, one on each line, in the order of the network's outputs.
///
/// A line has one of three forms: a name; a WordNet id and a name with white space or a comma
/// between them, as in Caffe's `synset_words.txt`; or only a WordNet id, which gets ImageNet's
/// name. Before each of these there may be the number of the output, counted from 0 or 1, if every
/// line has it.
///
/// The file may also be a JSON array of such lines, or an object whose members are called by the
/// numbers of the outputs: `{"0": "cat", "1": "dog"}`, or `{"0": ["n02123045", "tabby"], ...}` as
/// Keras' `imagenet_class_index.json`.
public enum LabelFile {
  private static let sizeLimit = 16 << 20

  /// - Throws: ``ModelError``.
  public static func read(_ path: RawPath) throws(ModelError) -> [ClassLabel] {
    let bytes: ArraySlice<UInt8>
    do throws(SystemError) {
      bytes = try listText(readFile(path, limit: sizeLimit, acceptsFIFO: true), of: path)
    } catch {
      if error.isAboutContents {
        throw .badLabels(file: path.repaired, reason: error.explanation)
      }
      throw .noLabels(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badLabels(file: path.repaired, reason: "it is not UTF-8 text")
    }
    do throws(Problem) {
      let labels = try parse(text)
      if labels.isEmpty { throw Problem("it is empty") }
      try requireDistinct(labels)
      return labels
    } catch {
      throw .badLabels(file: path.repaired, reason: error.text)
    }
  }

  /// Refuses two classes that no answer could tell apart. Published lists of ImageNet's classes
  /// have some: a crane is a bird and a machine.
  private static func requireDistinct(_ labels: [ClassLabel]) throws(Problem) {
    guard labels.count != ImageNetClasses.all.count else { return }
    var first: [ClassLabel: Int] = [:]
    for (index, label) in labels.enumerated() {
      if label.label.allSatisfy(\.isWhitespace) {
        throw Problem("class \(index + 1) of \(labels.count) has a blank name")
      }
      if let earlier = first.updateValue(index, forKey: label) {
        throw Problem("classes \(earlier + 1) and \(index + 1) are both called '\(label.label)'")
      }
    }
  }

  /// What is wrong with a list.
  struct Problem: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }

  static func parse(_ text: String) throws(Problem) -> [ClassLabel] {
    let first = text.first { !$0.isWhitespace }
    // A label in brackets is possible, so that only text that is JSON counts as such.
    if first == "[" || first == "{", let json = try? JSONValue.parse(text) {
      return try labels(json)
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { trimmed($0) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let blank = lines.firstIndex(where: \.isEmpty) {
      throw Problem("line \(blank + 1) is blank, and every line names the class of one output")
    }
    return withoutNumbers(lines).map(label)
  }

  /// The lines without numbers before them, where these count the lines.
  private static func withoutNumbers(_ lines: [Substring]) -> [Substring] {
    guard lines.count > 1 else { return lines }
    for start in [0, 1] {
      let rests = lines.enumerated().compactMap { index, line -> Substring? in
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        guard Int(digits) == start + index else { return nil }
        let rest = line[digits.endIndex...].drop { isSeparator($0) || $0 == ":" }
        return rest.isEmpty || rest.startIndex == digits.endIndex ? nil : rest
      }
      if rests.count == lines.count { return rests }
    }
    return lines
  }

  private static func labels(_ json: JSONValue) throws(Problem) -> [ClassLabel] {
    if let items = json.array {
      return try items.map { (item) throws(Problem) in try label(item) }
    }
    guard case .object(let members) = json else {
      throw Problem("it is JSON, but neither an array nor an object")
    }
    var labels = [ClassLabel?](repeating: nil, count: members.count)
    for member in members {
      guard let index = Int(member.name), labels.indices.contains(index), labels[index] == nil
      else {
        throw Problem(
          "its members are not called 0 to \(members.count - 1): there is '\(member.name)'")
      }
      labels[index] = try label(member.value)
    }
    return labels.compactMap(\.self)
  }

  /// A class in JSON: a line, or an array of WordNet id and name.
  private static func label(_ json: JSONValue) throws(Problem) -> ClassLabel {
    if let text = json.string { return label(trimmed(Substring(text))) }
    guard let parts = json.strings, let last = parts.last, parts.count <= 2 else {
      throw Problem("\(json.compactText) names no class")
    }
    let isNamed = parts.count == 2 && ImageNetClasses.isWordNetID(parts[0])
    return isNamed ? ClassLabel(wnid: parts[0], label: last) : label(Substring(last))
  }

  private static func label(_ line: Substring) -> ClassLabel {
    let id = String(line.prefix(9))
    let rest = line.dropFirst(9)
    guard ImageNetClasses.isWordNetID(id), rest.first.map(isSeparator) ?? true else {
      return ClassLabel(wnid: nil, label: String(line))
    }
    let name = trimmed(rest.drop(while: isSeparator))
    let label = name.isEmpty ? ImageNetClasses.names[id] ?? id : String(name)
    return ClassLabel(wnid: id, label: label)
  }

  private static func isSeparator(_ character: Character) -> Bool {
    character.isWhitespace || character == "," || character == ";"
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
