/// A page of reference that belongs to no single command, shown by `alexnet help NAME`.
///
/// The manual page holds the same texts as sections (`Scripts/manual.swift`). A text is laid out
/// for 80 columns: paragraphs start at the margin, the terms of a list are indented by two spaces,
/// their descriptions by six, and examples by four.
struct HelpTopic {
  /// What stands after `alexnet help`.
  let name: String
  /// One line that says what the page is about.
  let abstract: String
  let text: String

  static let all: [HelpTopic] = [
    .records, .batches, .reports, .features, .search, .explanations, .evaluation, .training,
    .conversion, .benchmark, .precision, .weightFiles, .environment, .exitCodes,
  ]

  /// The page that these arguments ask for: `help records`, or `help topics` for the list of pages.
  ///
  /// Nil where the arguments ask for something else, such as the help of a command.
  static func requested(by arguments: [String]) -> String? {
    let words = arguments.filter { !$0.hasPrefix("-") }
    guard arguments.first == "help", words.count == 2 else { return nil }
    if words[1] == "topics" { return list }
    return all.first { $0.name == words[1] }?.page
  }

  private var page: String { "\(abstract)\n\n\(text)\n" }

  /// One line for each page.
  static var list: String {
    let width = all.map(\.name.count).max() ?? 0
    return all.map { topic in
      topic.name + String(repeating: " ", count: width + 2 - topic.name.count) + topic.abstract
        + "\n"
    }.joined()
  }
}
