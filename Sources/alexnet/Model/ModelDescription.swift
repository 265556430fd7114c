import Architecture
import ModelLibrary
import Network
import System

/// What `model info` prints: an entry a line, or one JSON object.
struct ModelDescription {
  private var members: [(key: String, value: JSONValue)] = []

  /// Of a model that has been opened.
  init(_ model: Model) {
    let architecture = model.network.architecture
    add("name", .string(model.name))
    add("title", metadata: model.metadata)
    add("variant", .string(architecture.name))
    add("classes", .integer(model.labels.count))
    add("input", .string("\(architecture.inputSize) x \(architecture.inputSize)"))
    add("parameters", .integer(model.network.summary.reduce(0) { $0 + $1.parameters }))
    add("origin", .string(model.origin.description))
    addProvenance(model.metadata)
    add("preprocessing", metadata: model.metadata)
  }

  /// Of a model of the library, from its file's metadata alone.
  init(_ model: InstalledModel) {
    add("name", .string(model.name))
    add("title", metadata: model.metadata)
    add("variant", metadata: model.metadata)
    if let count = model.classCount { add("classes", .integer(count)) }
    add("bytes", .integer(model.size))
    add("origin", .string(model.path.repaired))
    addProvenance(model.metadata)
  }

  private mutating func addProvenance(_ metadata: [String: String]) {
    for key in ["license", "accuracy", "training", "source"] { add(key, metadata: metadata) }
  }

  private mutating func add(_ key: String, _ value: JSONValue) {
    members.append((key, value))
  }

  private mutating func add(_ key: String, metadata: [String: String]) {
    if let text = metadata[key] { add(key, .string(text)) }
  }

  /// Entries that are JSON texts themselves stand as they are.
  var json: JSONValue {
    .object(
      members.map { member in
        guard case .string(let text) = member.value,
          let json = MetadataText.canonicalJSON(text)
        else { return member }
        return (member.key, .embedded(json))
      })
  }

  var text: String {
    let width = members.map(\.key.count).max() ?? 0
    return members.map { member in
      let value =
        if case .string(let text) = member.value { text } else { member.value.text }
      return DisplayText.padded(member.key, to: width) + "  " + DisplayText.printable(value) + "\n"
    }.joined()
  }
}
