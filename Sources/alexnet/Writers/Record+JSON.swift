import Classification
import Images
import JSON
import System

extension Record {
  /// The record in the form that `alexnet help records` documents.
  ///
  /// - Parameter model: the name of the model that classified the input.
  func json(model: String) -> JSONValue {
    var members: [JSONValue.Member] = [.init("path", .string(path.repaired))]
    if !path.isUTF8 {
      members.append(.init("path_base64", .string(path.base64)))
    }
    switch outcome {
    case .classified(let size, let predictions):
      members += [
        .init("width", .integer(size.width)),
        .init("height", .integer(size.height)),
        .init("model", .string(model)),
        .init("predictions", .array(predictions.map(\.json))),
      ]
    case .failed(let failure):
      members.append(
        .init(
          "error",
          ["code": .string(failure.code.rawValue), "message": .string(failure.message)]))
    }
    return .object(members)
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
