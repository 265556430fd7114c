import Classification
import Explanation
import JSON
import Preprocessing

extension ExplanationMethod {
  /// The members of a record that say how evidence was found.
  var members: [JSONValue.Member] {
    switch self {
    case .gradCAM(let layer):
      [.init("method", .string("gradcam")), .init("layer", .string(layer))]
    case .occlusion(let windows):
      [
        .init("method", .string("occlusion")), .init("window", .integer(windows.size)),
        .init("stride", .integer(windows.stride)),
      ]
    case .gradient: [.init("method", .string("gradient"))]
    }
  }
}

extension PhotoExplanation {
  /// The members of a record that say what was found.
  var members: [JSONValue.Member] {
    [
      .init("seen", seen), .init("map", classes.first.map { map($0.raw) } ?? .null),
      .init("classes", .array(classes.map(\.json))),
    ]
  }

  private var seen: JSONValue {
    let (columns, rows) = (geometry.columns.seen, geometry.rows.seen)
    let (x, y) = (Int(columns.lowerBound.rounded()), Int(rows.lowerBound.rounded()))
    return [
      "x": .integer(x), "y": .integer(y),
      "width": .integer(Int(columns.upperBound.rounded()) - x),
      "height": .integer(Int(rows.upperBound.rounded()) - y),
    ]
  }

  /// Where the values are in the photo.
  private func map(_ map: EvidenceMap) -> JSONValue {
    let (columns, rows) = (geometry.columns, geometry.rows)
    return [
      "width": .integer(map.width), "height": .integer(map.height),
      "x": .float(Float(columns.photo(map.start))), "y": .float(Float(rows.photo(map.start))),
      "step_x": .float(Float(columns.pixel * map.step)),
      "step_y": .float(Float(rows.pixel * map.step)),
    ]
  }
}

extension ClassExplanation {
  fileprivate var json: JSONValue {
    var place = JSONValue.null
    if let peak { place = ["x": .integer(peak.x), "y": .integer(peak.y)] }
    var members: [JSONValue.Member] = [
      .init("rank", .integer(prediction.rank)), .init("index", .integer(prediction.index)),
      .init("wnid", prediction.wnid.map(JSONValue.string) ?? .null),
      .init("label", .string(prediction.label)),
      .init("probability", .float(prediction.probability)), .init("strength", .float(strength)),
      .init("peak", place),
    ]
    if let box {
      members.append(
        .init(
          "box",
          [
            "x": .integer(box.x), "y": .integer(box.y), "width": .integer(box.width),
            "height": .integer(box.height), "score": .float(prediction.probability),
          ]))
    }
    return .object(members)
  }
}
