import Architecture
import ModelLibrary
import Network

extension Model {
  /// The note about a model whose file does not say how pictures are prepared; nil for all others.
  var assumption: String? {
    guard assumesPreprocessing else { return nil }
    let usual = preprocessingPreset ?? parameters.architecture.name
    return "\(name) does not describe its preprocessing; using what is usual for \(usual)"
  }

  /// The notes about what the file has that is not used as it is.
  var readingNotes: [String] {
    var notes: [String] = []
    if let ignoredNote { notes.append(ignoredNote) }
    if hasSigmoid {
      notes.append(
        "\(name) has one output, which is read as a sigmoid: the probability of "
          + "'\(labels.last?.label ?? "")', which is the answer above 50%")
    }
    return notes
  }

  /// The note about numbers in the file that no layer has; nil if there is none.
  private var ignoredNote: String? {
    guard !ignoredTensors.isEmpty else { return nil }
    let shown = ignoredTensors.prefix(4).joined(separator: ", ")
    let more = ignoredTensors.count - 4
    return "\(name): ignoring \(shown)\(more > 0 ? " and \(more) more" : ""), which no layer has"
  }
}
