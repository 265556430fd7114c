import Architecture
import JSON
import ModelLibrary
import Network
import System

/// What `model info` prints: one entry on each line, or one JSON object.
struct ModelDescription {
  private var members: [JSONValue.Member] = []

  /// Describes a model that has been opened.
  init(_ model: Model) {
    let architecture = model.parameters.architecture
    add("name", .string(model.name))
    add("title", metadata: model.metadata)
    add("variant", .string(architecture.name))
    add("classes", .integer(model.labels.count))
    add("input", .string("\(architecture.inputSize) x \(architecture.inputSize)"))
    add("parameters", .integer(model.parameters.summary.reduce(0) { $0 + $1.parameters }))
    add("compressed", .bool(model.isCompressed))
    add("calibrated", .bool(model.isCalibrated))
    add("precision", .string(model.isCalibrated ? "int8" : "fp32"))
    add("origin", .string(model.origin.description))
    addProvenance(model.metadata)
    add("preprocessing", metadata: model.metadata)
  }

  /// Describes a model of the library from the metadata of its file, without opening it.
  init(_ model: InstalledModel) {
    add("name", .string(model.name))
    add("title", metadata: model.metadata)
    add("variant", metadata: model.metadata)
    if let count = model.classCount { add("classes", .integer(count)) }
    add("bytes", .integer(model.size))
    add("compressed", .bool(model.isCompressed))
    add("calibrated", .bool(model.isCalibrated))
    add("precision", .string(model.isCalibrated ? "int8" : "fp32"))
    add("origin", .string(model.path.repaired))
    addProvenance(model.metadata)
  }

  private mutating func addProvenance(_ metadata: [String: String]) {
    for key in ["license", "accuracy", "training", "source"] { add(key, metadata: metadata) }
  }

  private mutating func add(_ key: String, _ value: JSONValue) {
    members.append(.init(key, value))
  }

  private mutating func add(_ key: String, metadata: [String: String]) {
    if let text = metadata[key] { add(key, .string(text)) }
  }

  /// One object. A metadata entry that holds the text of a JSON object or array becomes that value.
  var json: JSONValue {
    .object(members.map { .init($0.name, Self.parsed($0.value)) })
  }

  private static func parsed(_ value: JSONValue) -> JSONValue {
    guard case .string(let text) = value, text.hasPrefix("{") || text.hasPrefix("[") else {
      return value
    }
    do {
      return try JSONValue.parse(text)
    } catch {
      // Any text may begin with a bracket: what is not JSON stays the string that it is.
      return value
    }
  }

  var text: String {
    let width = members.map(\.name.count).max() ?? 0
    return members.map { member in
      let value =
        if case .string(let text) = member.value { text } else { member.value.text }
      return DisplayText.padded(member.name, to: width) + "  " + DisplayText.printable(value) + "\n"
    }.joined()
  }
}
