import Architecture
import Classification
import JSON

/// What vectors of features come from.
struct FeatureSource {
  /// The name of the model.
  let model: String
  let layer: LayerSummary
  let isNormalized: Bool

  /// How many values an image has.
  var length: Int { layer.output.count }

  /// The name of the layer.
  var layerName: String { layer.layer.name }

  /// The members of a record that say where its features come from.
  var members: [JSONValue.Member] {
    [.init("model", .string(model)), .init("layer", .string(layerName))]
  }

  /// The same as text entries of a file, with the shape of the layer's output.
  var metadata: [String: String] {
    let output = layer.output
    let shape = JSONValue.array(
      [output.channels, output.height, output.width].map(JSONValue.integer))
    return [
      "model": model, "layer": layerName, "shape": shape.text,
      "normalized": isNormalized ? "true" : "false",
    ]
  }
}
