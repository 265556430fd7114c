public import Network
public import System

/// Reads a list of class names, one on each line, in the order of the network's outputs.
///
/// A line has one of three forms: a name; a WordNet id and a name with white space or a comma
/// between them, as in Caffe's `synset_words.txt`; or only a WordNet id, which gets ImageNet's
/// name.
public enum LabelFile {
  private static let sizeLimit = 16 << 20

  /// - Throws: ``ModelError``.
  public static func read(_ path: RawPath) throws(ModelError) -> [ClassLabel] {
    let bytes: [UInt8]
    do {
      bytes = try readFile(path, limit: sizeLimit)
    } catch {
      throw .unreadable(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badLabels(file: path.repaired, reason: "it is not UTF-8 text")
    }
    let labels = parse(text)
    guard !labels.isEmpty else { throw .badLabels(file: path.repaired, reason: "it is empty") }
    return labels
  }

  static func parse(_ text: String) -> [ClassLabel] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { trimmed($0) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map(label)
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
