import JSON

/// The model of a run, as the notes and files about the run name it.
struct RunModel {
  let name: String
  /// The SHA-256 of the model's file in hexadecimal digits; nil without --summary and --resume,
  /// since that of a large file takes a second.
  let sha256: String?

  var json: JSONValue { ["name": .string(name), "sha256": sha256.map(JSONValue.string) ?? .null] }
}
