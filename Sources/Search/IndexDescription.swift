public import JSON

/// How the features of an index were made. Queries must be made in the same way.
public struct IndexDescription: Sendable, Equatable {
  /// The name of the model in records.
  public var model: String
  /// What `--model` has to be to open the model again; nil where it is not known.
  public var modelReference: String?
  /// What tells the model's file from others (`ModelSource.fingerprint`), in hexadecimal digits.
  public var modelDigest: String
  /// The layer whose values the features are.
  public var layer: String
  public var preprocessing: JSONValue
  /// How files are decoded, as far as it changes their pixels.
  public var decoding: JSONValue
  /// What the network was computed in: `fp32`, `bf16` or `int8`.
  public var arithmetic: String
  /// The folder at which relative paths begin; nil where it has no UTF-8 name.
  public var folder: String?
  /// The folders and files that the photos were found in, as they were named; without those whose
  /// names are not UTF-8.
  public var inputs: [String] = []

  public init(
    model: String, modelReference: String?, modelDigest: String, layer: String,
    preprocessing: JSONValue, decoding: JSONValue, arithmetic: String, folder: String?
  ) {
    self.model = model
    self.modelReference = modelReference
    self.modelDigest = modelDigest
    self.layer = layer
    self.preprocessing = preprocessing
    self.decoding = decoding
    self.arithmetic = arithmetic
    self.folder = folder
  }

  /// Whether an index has room for it.
  public var fitsIndex: Bool { json.text.utf8.count <= IndexHeader.longestDescription }

  var json: JSONValue {
    [
      "model": .string(model),
      "reference": modelReference.map(JSONValue.string) ?? .null,
      "fingerprint": .string(modelDigest),
      "layer": .string(layer),
      "preprocessing": preprocessing,
      "decoding": decoding,
      "arithmetic": .string(arithmetic),
      "folder": folder.map(JSONValue.string) ?? .null,
      "inputs": .array(inputs.map(JSONValue.string)),
    ]
  }

  /// Nil where a member is missing or has another type.
  init?(json: JSONValue) {
    guard let model = json["model"]?.string, let digest = json["fingerprint"]?.string,
      let layer = json["layer"]?.string, let preprocessing = json["preprocessing"],
      let decoding = json["decoding"], let arithmetic = json["arithmetic"]?.string
    else { return nil }
    self.init(
      model: model, modelReference: json["reference"]?.string, modelDigest: digest, layer: layer,
      preprocessing: preprocessing, decoding: decoding, arithmetic: arithmetic,
      folder: json["folder"]?.string)
    inputs = json["inputs"]?.strings ?? []
  }

  /// In which ways features of `other` cannot be compared with those of this index, one in a line;
  /// none if they can.
  public func differences(from other: IndexDescription) -> [String] {
    var lines: [String] = []
    func compare(_ name: String, _ mine: String, _ theirs: String) {
      if mine != theirs { lines.append("\(name) \(mine), not \(theirs)") }
    }
    if modelDigest != other.modelDigest {
      lines.append(
        model == other.model
          ? "another file of the model '\(model)' (fingerprint \(modelDigest.prefix(12))..., not "
            + "\(other.modelDigest.prefix(12))...)"
          : "model '\(model)', not '\(other.model)'")
    }
    compare("layer", layer, other.layer)
    compare("preprocessing", preprocessing.text, other.preprocessing.text)
    compare("decoding", decoding.text, other.decoding.text)
    compare("precision", arithmetic, other.arithmetic)
    return lines
  }
}
