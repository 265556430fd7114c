import Classification
import Images
import System

extension Record {
  /// The record as the README's schema has it. `model` is the name of the network that answered.
  func json(model: String) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("path", .string(path.repaired))]
    if !path.isUTF8 {
      members.append(("path_base64", .string(path.base64)))
    }
    switch outcome {
    case .classified(let size, let predictions):
      members.append(("width", .integer(size.width)))
      members.append(("height", .integer(size.height)))
      members.append(("model", .string(model)))
      members.append(("predictions", .array(predictions.map(\.json))))
    case .failed(let failure):
      members.append(
        (
          "error",
          .object([("code", .string(failure.code.rawValue)), ("message", .string(failure.message))])
        ))
    }
    return .object(members)
  }
}

extension Prediction {
  fileprivate var json: JSONValue {
    .object([
      ("rank", .integer(rank)),
      ("index", .integer(index)),
      ("wnid", wnid.map(JSONValue.string) ?? .null),
      ("label", .string(label)),
      ("probability", .number(probability)),
    ])
  }
}
