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
    Self.text(
      members.map { member in
        switch member.name {
        // As the table of 'model list' calls it; the entry has the name that others give it.
        case "license": .init("licence", member.value)
        // As one text, which --preprocess takes.
        case "preprocessing": member
        default: .init(member.name, Self.parsed(member.value))
        }
      }, indent: 0)
  }

  /// A line for each member; the members of an object are lines below its name.
  private static func text(_ members: [JSONValue.Member], indent: Int) -> String {
    let width = members.map(\.name.count).max() ?? 0
    let margin = String(repeating: " ", count: indent)
    return members.map { member in
      let name = DisplayText.printable(member.name)
      switch member.value {
      case .object(let inner) where !inner.isEmpty:
        return margin + name + "\n" + text(inner, indent: indent + 2)
      case .array(let values) where !values.isEmpty && values.allSatisfy(\.isObject):
        return zip(1..., values).map { number, value in
          text([.init("\(name) \(number)", value)], indent: indent)
        }.joined()
      default:
        let value =
          if case .string(let text) = member.value { text } else { member.value.text }
        return margin + DisplayText.padded(name, to: width) + "  "
          + DisplayText.printable(value) + "\n"
      }
    }.joined()
  }
}

extension JSONValue {
  fileprivate var isObject: Bool {
    if case .object = self { true } else { false }
  }
}
