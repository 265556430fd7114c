public import Classification
import Images
public import JSON
import Network
public import System

extension Record {
  /// The record in an object of the form that `alexnet classify --jsonl` writes; nil for another
  /// object, or where a member has a value that cannot be right.
  public init?(json: JSONValue) {
    guard let path = RawPath(json, member: "path") else { return nil }
    let archive = RawPath(json, member: "archive")
    if let error = json["error"] {
      guard let code = error["code"]?.string, let message = error["message"]?.string else {
        return nil
      }
      self.init(
        path: path, archive: archive,
        outcome: .failed(ItemFailure(ErrorCode(rawValue: code) ?? .internal, message)))
      return
    }
    guard let width = json["width"]?.integer, let height = json["height"]?.integer,
      width > 0, height > 0, let values = json["predictions"]?.array
    else { return nil }
    let predictions = values.compactMap(Prediction.init(json:))
    guard predictions.count == values.count else { return nil }
    self.init(
      path: path, archive: archive,
      outcome: .answered(size: PixelSize(width: width, height: height), predictions))
  }
}

extension RawPath {
  /// The path in a member of an object; nil where there is none. The bytes of a path that is not
  /// UTF-8 are in a second member, with `_base64` after its name.
  public init?(_ json: JSONValue, member name: String) {
    if let encoded = json[name + "_base64"]?.string {
      self.init(base64: encoded)
    } else if let text = json[name]?.string {
      self.init(text)
    } else {
      return nil
    }
  }
}

extension Prediction {
  fileprivate init?(json: JSONValue) {
    guard let rank = json["rank"]?.integer, let index = json["index"]?.integer,
      let label = json["label"]?.string, let probability = json["probability"]?.double,
      (0...1).contains(probability)
    else { return nil }
    self.init(
      rank: rank, index: index, wnid: json["wnid"]?.string, label: label,
      probability: Float(probability))
  }
}
