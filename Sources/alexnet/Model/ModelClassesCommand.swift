import ArgumentParser
import JSON
import ModelLibrary
import Network
import System

/// `alexnet model classes`: lists what a model can answer.
struct ModelClassesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classes",
    abstract: "List the classes of a model.",
    discussion: """
      Prints the position of each class in the model's output, its WordNet id, its group and its \
      label. --grep and --match find classes; what --match finds is what 'alexnet classify \
      --match' adds up. JSON and CSV also have the WordNet ids of what a class is a kind of, the \
      nearest first.

      Examples:
        alexnet model classes
        alexnet model classes caffenet --grep shark
        alexnet model classes --match 'bird of prey'
        alexnet model classes --json | jq -r '.[] | select(.group == "food") | .label'
      """)

  @Argument(
    help: ArgumentHelp(
      "A model's name, or the path of a weight file. (default: the model that classifies)",
      valueName: "name-or-path"),
    completion: .modelNames)
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Only classes with this text in their label, WordNet id, group, or in a word for what they "
        + "are a kind of.", valueName: "text"))
  var grep: String?

  @Option(
    help: ArgumentHelp(
      "Only classes that 'classify --match' would add up for this.", valueName: "what"))
  var match: String?

  @Flag(help: "Write one JSON array.")
  var json = false

  @Flag(help: "Write CSV with a header.")
  var csv = false

  @OptionGroup var description: ModelDescriptionOptions

  func validate() throws {
    if json && csv { throw ValidationError("Results can have only one format: --json or --csv.") }
  }

  func run() throws {
    let model = try ModelOptions.open(name, description)
    let hierarchy = ClassHierarchy.imageNet
    var classes = model.labels.enumerated().map { index, label in
      ModelClass(index, label, hierarchy)
    }
    if let match {
      let indices = Set(
        hierarchy.indices(matching: ArgumentBytes.repaired(match), in: model.labels))
      classes = classes.filter { indices.contains($0.index) }
    }
    if let grep {
      let text = ArgumentBytes.repaired(grep).lowercased()
      classes = classes.filter { $0.mentions(text) }
    }
    try ResultOutput(console: Console()).write(lines: text(classes))
    // As grep(1) does.
    if classes.isEmpty, grep != nil || match != nil { throw SilentExit(status: .inputFailed) }
  }

  private func text(_ classes: [ModelClass]) -> String {
    if json { return JSONValue.array(classes.map(\.json)).text + "\n" }
    if csv { return CSV.row(ModelClass.columns) + classes.map { CSV.row($0.row) }.joined() }
    let width = classes.map { DisplayText.width($0.group ?? "") }.max() ?? 0
    return classes.map { one in
      [
        DisplayText.rightAligned(String(one.index), to: 4),
        DisplayText.padded(one.label.wnid ?? "", to: one.label.wnid == nil ? 0 : 9),
        DisplayText.padded(one.group ?? "", to: width), DisplayText.printable(one.label.label),
      ].filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
    }.joined()
  }
}

/// A class of a model, with what it is a kind of.
private struct ModelClass {
  let index: Int
  let label: ClassLabel
  let group: String?
  /// The WordNet ids of what it is a kind of, the nearest first.
  let above: [String]
  /// A word for each of these.
  let words: [String]

  init(_ index: Int, _ label: ClassLabel, _ hierarchy: ClassHierarchy) {
    self.index = index
    self.label = label
    group = label.wnid.flatMap(hierarchy.group)
    above = label.wnid.map { Array(hierarchy.lineage(of: $0).dropFirst()) } ?? []
    words = above.map { hierarchy.word(for: $0) ?? "" }
  }

  /// - Parameter text: in lower case.
  func mentions(_ text: String) -> Bool {
    ([label.label, label.wnid ?? "", group ?? ""] + words).contains {
      $0.lowercased().contains(text)
    }
  }

  var json: JSONValue {
    [
      "index": .integer(index), "wnid": label.wnid.map(JSONValue.string) ?? .null,
      "label": .string(label.label), "group": group.map(JSONValue.string) ?? .null,
      "kind_of": .array(
        zip(above, words).map { ["wnid": .string($0), "word": .string($1)] }),
    ]
  }

  static let columns = ["index", "wnid", "label", "group", "kind_of"]

  var row: [String] {
    [
      String(index), label.wnid ?? "", label.label, group ?? "", above.joined(separator: " "),
    ]
  }
}
