import System

/// A file that says which class of a model each of other names stands for: lines of a name and a
/// class, with a tab, a comma or an equals sign between them.
enum NameMap {
  /// - Throws: what ends the command.
  static func pairs(
    _ text: ArraySlice<UInt8>, path: RawPath
  ) throws -> [(name: String, target: String)] {
    var pairs: [(name: String, target: String)] = []
    let lines = String(decoding: text, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      let cut = ["\t", ",", "="].lazy.compactMap { line.firstIndex(of: $0) }.first
      let name = cut.map { trimmed(line[..<$0]) } ?? ""
      let target = cut.map { trimmed(line[line.index(after: $0)...]) } ?? ""
      guard !name.isEmpty, !target.isEmpty else {
        throw CommandFailure(
          .badFile, "\(path.repaired), line \(number + 1): it is not 'name,class'")
      }
      pairs.append((name, target))
    }
    return pairs
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
