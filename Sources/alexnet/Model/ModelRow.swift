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
  /// What the accuracy was measured on.
  var measuredOn: String?
  var isCompressed = false
  var isCalibrated = false
  var size: Int?
  var license: String?
  var path: String?

  static func all(in library: ModelLibrary) -> [ModelRow] {
    let defaultName = library.defaultModel
    let installed = library.installedModels()
    let (starter, form) = (StarterFacts.current, library.starterForm)
    var rows = [
      ModelRow(
        name: "starter", state: .builtIn, isDefault: defaultName == "starter",
        classes: library.starterClassCount, top1: starter.top1, top5: starter.top5,
        measuredOn: starter.measuredOn, isCompressed: form.isCompressed,
        isCalibrated: form.isCalibrated, size: library.starterSize, license: starter.license)
    ]
    rows += installed.map { model in
      ModelRow(
        name: model.name, state: .installed, isDefault: defaultName == model.name,
        classes: model.classCount, top1: model.top1, top5: model.top5,
        measuredOn: model.accuracy?.data, isCompressed: model.isCompressed,
        isCalibrated: model.isCalibrated, size: model.size, license: model.license,
        path: model.path.repaired)
    }
    let names = Set(installed.map(\.name))
    rows += library.catalogue.filter { !names.contains($0.name) }.map { entry in
      ModelRow(
        name: entry.name, state: .available, isDefault: false, classes: 1000, top1: entry.top1,
        top5: entry.top5, measuredOn: CatalogueEntry.measuredOn, size: entry.size,
        license: entry.license)
    }
    return rows
  }

  /// The precision that is used where none is named.
  private var precision: String { isCalibrated ? "int8" : "fp32" }

  static let header = [
    "", "model", "state", "classes", "top-1", "top-5", "measured on", "size", "precision",
    "licence",
  ]
  /// The columns of numbers.
  static let numbers: Set<Int> = [3, 4, 5, 7]

  var columns: [String] {
    [
      isDefault ? "*" : "", name, state.rawValue, classes.map(String.init) ?? "",
      top1.map { DisplayText.percent($0, digits: 1) } ?? "",
      top5.map { DisplayText.percent($0, digits: 1) } ?? "",
      measuredOn ?? "", size.map(DisplayText.megabytes) ?? "", precision, license ?? "",
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
      "measured_on": measuredOn.map(JSONValue.string) ?? .null,
      "compressed": .bool(isCompressed),
      "calibrated": .bool(isCalibrated),
      "precision": .string(precision),
      "bytes": size.map(JSONValue.integer) ?? .null,
      "license": license.map(JSONValue.string) ?? .null,
      "path": path.map(JSONValue.string) ?? .null,
    ]
  }
}
