import JSON
import Network
import System

extension PhotoList {
  /// Reads one JSON object a line: `path` and `label` (or `class`, or `wnid`), or a record that
  /// `alexnet classify --jsonl` wrote, of which the first prediction counts. A prediction may name
  /// its class by `index`.
  ///
  /// - Parameter classes: what an `index` counts; none where that is not known.
  init(jsonLines list: RawPath, classes: [ClassLabel] = []) throws(TrainingDataError) {
    self.init(list: list, classes: classes)
    let lines = try Self.text(of: list)
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
      if !isBlank { try addObject(line, line: index + 1) }
    }
  }

  private mutating func addObject(
    _ text: ArraySlice<UInt8>, line: Int
  ) throws(TrainingDataError) {
    func bad(_ problem: String) -> TrainingDataError {
      .badLine(list, line: line, problem: problem)
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(text.span)
    } catch {
      throw bad(error.description)
    }
    guard case .object = value else { throw bad("this is not a JSON object") }
    let path: RawPath
    do throws(PathProblem) {
      path = try Self.path(value)
    } catch {
      throw bad(error.description)
    }
    if let error = value["error"], error != .null {
      fail(
        path, code: error["code"]?.string ?? "",
        message: error["message"]?.string ?? "it could not be classified")
      return
    }
    // A label of the photo itself counts before what a network took it for.
    if let name = Self.className(value) {
      try add(path, name, line: line)
      return
    }
    let predicted = value["predictions"]?.array?.first
    if let name = predicted.flatMap(Self.className) {
      try add(path, name, line: line, isPredicted: true)
      return
    }
    guard let index = predicted?["index"]?.integer else {
      throw bad("there is no label that is a text")
    }
    guard let name = className(index: index) else {
      throw bad(
        "its class is number \(index), and no list of classes says which that is (--classes)")
    }
    try add(path, name, line: line, isPredicted: true)
  }

  /// Why an object names no photo.
  enum PathProblem: String, Error, CustomStringConvertible {
    case noPath = "there is no path"
    case notBase64 = "path_base64 is not base64"

    var description: String { rawValue }
  }

  /// The path in an object: that in `path_base64`, which is there if `path` had to be repaired, or
  /// else `path`.
  static func path(_ value: JSONValue) throws(PathProblem) -> RawPath {
    guard let encoded = value["path_base64"], encoded != .null, encoded != .string("") else {
      guard let text = value["path"]?.string else { throw .noPath }
      return RawPath(text)
    }
    guard let text = encoded.string, let decoded = RawPath(base64: text) else { throw .notBase64 }
    return decoded
  }

  /// Nil where there is no name at all.
  private static func className(_ value: JSONValue) -> ClassName? {
    let label = (value["label"] ?? value["class"])?.string
    if let wnid = value["wnid"]?.string, !wnid.isEmpty {
      return ClassName(wnid: wnid, label: label)
    }
    return label.map { ClassName($0) }
  }
}
