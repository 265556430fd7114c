import JSON
import ModelLibrary
import System

/// What `alexnet model list` shows of one model, installed or not.
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
      top1.map { DisplayText.percent($0, digits: 1) } ?? "",
      top5.map { DisplayText.percent($0, digits: 1) } ?? "",
      size.map(DisplayText.megabytes) ?? "", license ?? "",
    ]
  }

  var json: JSONValue {
    func optional(_ number: Double?) -> JSONValue { number.map { .float(Float($0)) } ?? .null }
    return [
      "name": .string(name),
      "state": .string(state.rawValue),
      "default": .bool(isDefault),
      "classes": classes.map(JSONValue.integer) ?? .null,
      "top1": optional(top1),
      "top5": optional(top5),
      "bytes": size.map(JSONValue.integer) ?? .null,
      "license": license.map(JSONValue.string) ?? .null,
      "path": path.map(JSONValue.string) ?? .null,
    ]
  }
}
