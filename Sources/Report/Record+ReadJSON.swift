public import Classification
import Images
public import JSON
import Network
import System

extension Record {
  /// The record in an object of the form that `alexnet classify --jsonl` writes; nil for another
  /// object, or where a member has a value that cannot be right.
  public init?(json: JSONValue) {
    guard let path = Self.path(json, "path") else { return nil }
    let archive = Self.path(json, "archive")
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

  private static func path(_ json: JSONValue, _ name: String) -> RawPath? {
    if let encoded = json[name + "_base64"]?.string { return RawPath(base64: encoded) }
    return (json[name]?.string).map { RawPath($0) }
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
