import ArgumentParser
import Classification
import ModelLibrary
import Network

/// Groups of classes, and which photos are in the results.
struct SelectionOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Add the group of each photo, such as dog, bird, food or vehicle: the one whose classes "
        + "together are most probable."))
  var group = false

  @Option(
    help: ArgumentHelp(
      "Only photos that show this: a label, a WordNet id, a group, or a wider word of WordNet such "
        + "as 'bird of prey'. The probabilities of all classes that it covers are added; "
        + "'alexnet model classes' lists them.", valueName: "what"))
  var match: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "With --match, how probable that must be, from 0 to 1. (default: 0.5)",
      valueName: "probability"))
  var matchProbability: Float?

  func validate() throws {
    if match?.allSatisfy(\.isWhitespace) == true {
      throw ValidationError("--match names nothing.")
    }
    if matchProbability != nil && match == nil {
      throw ValidationError("--match-probability needs --match.")
    }
    if let matchProbability, !(0...1).contains(matchProbability) {
      throw ValidationError("--match-probability must be between 0 and 1.")
    }
  }

  /// Whether the probabilities of all classes are needed.
  var isUsed: Bool { group || match != nil }

  /// - Throws: what ends the command where the model has no such classes.
  func selection(for model: Model, top: Int, minProbability: Float) throws -> PhotoSelection {
    let hierarchy = ClassHierarchy.imageNet
    var selection = PhotoSelection(top: top, minProbability: minProbability)
    if group {
      selection.groups = model.labels.map { $0.wnid.flatMap(hierarchy.group) }
      guard selection.groups?.contains(where: { $0 != nil }) == true else {
        throw CommandFailure(
          .usage, "the classes of \(model.name) are in no groups: they have no WordNet ids",
          hint: "leave out --group")
      }
    }
    if let match {
      let name = ArgumentBytes.repaired(match)
      let indices = hierarchy.indices(matching: name, in: model.labels)
      guard !indices.isEmpty else {
        throw CommandFailure(
          .usage, "no class of \(model.name) is '\(name)', or a kind of it",
          hint: Suggestion.question(name, among: hierarchy.names(for: model.labels))
            + "'alexnet model classes \(model.name)' lists the classes and their groups")
      }
      selection.wanted = Set(indices)
      selection.leastMatch = matchProbability ?? 0.5
    }
    return selection
  }
}
