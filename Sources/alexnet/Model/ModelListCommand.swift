import ArgumentParser
import ModelLibrary
import System

/// `alexnet model list`: what is installed, and what can be fetched.
struct ModelListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models that are installed or can be fetched.")

  @Flag(help: "Write one JSON array.")
  var json = false

  func run() throws {
    let library = ModelLibrary()
    let rows = ModelRow.all(in: library)
    let output = ResultOutput(console: Console())
    if json {
      try output.write(JSONValue.array(rows.map(\.json)).text + "\n")
    } else {
      try output.write(table(rows, style: TextStyle(isEnabled: output.wantsColor)))
    }
  }

  private func table(_ rows: [ModelRow], style: TextStyle) -> String {
    let header = ["", "model", "state", "classes", "top-1", "top-5", "size", "licence"]
    let lines = [header] + rows.map(\.columns)
    let widths = header.indices.map { column in
      lines.map { DisplayText.width($0[column]) }.max() ?? 0
    }
    var text = ""
    for (index, line) in lines.enumerated() {
      let cells = line.indices.map { column in
        (3...6).contains(column)
          ? DisplayText.rightAligned(line[column], to: widths[column])
          : DisplayText.padded(line[column], to: widths[column])
      }
      var joined = cells.joined(separator: "  ")
      while joined.last == " " { joined.removeLast() }
      text += (index == 0 ? style.dim(joined) : joined) + "\n"
    }
    return text
  }
}

/// What is known of one model, installed or not.
struct ModelRow {
  enum State: String {
    case builtIn = "built in"
    case installed
    case available
  }

  let name: String
  let state: State
  let isDefault: Bool
  var classes: Int?
  var top1: Double?
  var top5: Double?
  var size: Int?
  var license: String?
  var path: String?

  static func all(in library: ModelLibrary) -> [ModelRow] {
    let defaultName = library.defaultModel
    let installed = library.installedModels()
    var rows = [
      ModelRow(
        name: "starter", state: .builtIn, isDefault: defaultName == "starter",
        classes: library.starterClassCount, license: "research use")
    ]
    rows += installed.map { model in
      ModelRow(
        name: model.name, state: .installed, isDefault: defaultName == model.name,
        classes: model.classCount, top1: model.top1, top5: model.top5, size: model.size,
        license: model.license, path: model.path.repaired)
    }
    let names = Set(installed.map(\.name))
    rows += library.catalogue.filter { !names.contains($0.name) }.map { entry in
      ModelRow(
        name: entry.name, state: .available, isDefault: false, classes: 1000, top1: entry.top1,
        top5: entry.top5, size: entry.size, license: entry.license)
    }
    return rows
  }

  var columns: [String] {
    [
      isDefault ? "*" : "", name, state.rawValue, classes.map(String.init) ?? "",
      top1.map(percent) ?? "", top5.map(percent) ?? "", size.map(megabytes) ?? "", license ?? "",
    ]
  }

  var json: JSONValue {
    func optional(_ number: Double?) -> JSONValue { number.map { .number(Float($0)) } ?? .null }
    return .object([
      ("name", .string(name)), ("state", .string(state.rawValue)),
      ("default", .bool(isDefault)), ("classes", classes.map(JSONValue.integer) ?? .null),
      ("top1", optional(top1)), ("top5", optional(top5)),
      ("bytes", size.map(JSONValue.integer) ?? .null),
      ("license", license.map(JSONValue.string) ?? .null),
      ("path", path.map(JSONValue.string) ?? .null),
    ])
  }
}

/// A share as a percentage with one decimal.
func percent(_ share: Double) -> String {
  let tenths = Int((share * 1000).rounded())
  return "\(tenths / 10).\(tenths % 10) %"
}

/// A number of bytes in units of 10^6, one decimal.
func megabytes(_ bytes: Int) -> String {
  let tenths = (bytes + 50_000) / 100_000
  return "\(tenths / 10).\(tenths % 10) MB"
}
