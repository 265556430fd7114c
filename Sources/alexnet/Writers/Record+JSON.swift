import Classification
import Images
import JSON
import System

extension Record {
  /// The record in the form that `alexnet help records` documents.
  ///
  /// - Parameter model: what classified the input.
  func json(model: AnsweringModel) -> JSONValue {
    json { predictions in
      var members: [JSONValue.Member] = [
        .init("model", .string(model.name)), .init("precision", .string(model.precision)),
      ]
      if let group {
        members.append(
          .init(
            "group",
            ["name": .string(group.name), "probability": .float(group.probability)]))
      }
      members.append(.init("predictions", .array(predictions.map(\.json))))
      return members
    }
  }
}

extension InputRecord {
  /// The record as an object: the path, and then the size of the picture and what `members` makes
  /// of the answer, or the error.
  ///
  /// - Parameter first: members that stand before all others.
  func json(
    first: [JSONValue.Member] = [], answer members: (Answer) -> [JSONValue.Member]
  ) -> JSONValue {
    var all = first + path.jsonMembers("path")
    if let archive { all += archive.jsonMembers("archive") }
    switch outcome {
    case .answered(let size, let answer):
      all += [.init("width", .integer(size.width)), .init("height", .integer(size.height))]
      all += members(answer)
    case .failed(let failure):
      all.append(
        .init(
          "error",
          ["code": .string(failure.code.rawValue), "message": .string(failure.message)]))
    }
    return .object(all)
  }
}

extension RawPath {
  /// The path as text, and its bytes where the text had to be repaired.
  func jsonMembers(_ name: String) -> [JSONValue.Member] {
    var members = [JSONValue.Member(name, .string(repaired))]
    if !isUTF8 { members.append(.init(name + "_base64", .string(base64))) }
    return members
  }
}

extension Prediction {
  fileprivate var json: JSONValue {
    [
      "rank": .integer(rank),
      "index": .integer(index),
      "wnid": wnid.map(JSONValue.string) ?? .null,
      "label": .string(label),
      "probability": .float(probability),
    ]
  }
}
