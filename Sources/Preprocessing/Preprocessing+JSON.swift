public import JSON

extension Preprocessing {
  /// Reads the JSON form, for which ``Preprocessing`` has an example.
  public init(json: JSONValue) throws(PreprocessingError) {
    let fields = try Fields(json, name: "preprocessing")
    let steps = try fields.required("steps", "an array of steps") { $0.array }
    var parsed: [Step] = []
    for step in steps { parsed.append(try Step(json: step)) }
    let order = try fields.required("channels", "RGB or BGR") { $0.string }
    guard let channels = ChannelOrder(rawValue: order) else { throw .unknownChannelOrder(order) }
    let mean = try fields.required("mean", "an array of three numbers") { $0.floats }
    let scale = try fields.required("scale", "a number or an array of three") { value in
      value.float.map { [$0, $0, $0] } ?? value.floats
    }
    try self.init(steps: parsed, channels: channels, mean: mean, scale: scale)
  }

  /// The JSON form, with its members sorted by name.
  public var json: JSONValue {
    [
      "channels": .string(channels.rawValue),
      "mean": .array(mean.map(JSONValue.shortest)),
      "scale": scale.allSatisfy { $0 == scale[0] }
        ? .shortest(scale[0]) : .array(scale.map(JSONValue.shortest)),
      "steps": .array(steps.map(\.json)),
    ]
  }
}

extension Preprocessing.Step {
  fileprivate init(json: JSONValue) throws(PreprocessingError) {
    let fields = try Fields(json, name: "step")
    let operation = try fields.required("op", "the name of a step") { $0.string }
    func pixels(_ field: String) throws(PreprocessingError) -> Int {
      try fields.required(field, "a whole number of pixels for \(operation)") { value in
        value.integer ?? value.double.flatMap { Int(exactly: $0) }
      }
    }
    func antialias() throws(PreprocessingError) -> Bool {
      try fields.required("antialias", "true or false for \(operation)") { $0.bool }
    }
    switch operation {
    case "resizeShortSide":
      self = try .resizeShortSide(size: pixels("size"), antialias: antialias())
    case "squash":
      self = try .squash(
        width: pixels("width"), height: pixels("height"), antialias: antialias())
    case "centerCrop":
      guard json["size"] != nil else {
        self = try .centerCrop(width: pixels("width"), height: pixels("height"))
        return
      }
      guard json["width"] == nil, json["height"] == nil else {
        throw .malformed(
          field: "size", problem: "centerCrop takes size, or width and height, not both")
      }
      let size = try pixels("size")
      self = .centerCrop(width: size, height: size)
    default: throw .unknownOperation(operation)
    }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .resizeShortSide(let size, let antialias):
      ["antialias": .bool(antialias), "op": .string(operation), "size": .integer(size)]
    case .squash(let width, let height, let antialias):
      [
        "antialias": .bool(antialias), "height": .integer(height), "op": .string(operation),
        "width": .integer(width),
      ]
    case .centerCrop(let width, let height) where width == height:
      ["op": .string(operation), "size": .integer(width)]
    case .centerCrop(let width, let height):
      ["height": .integer(height), "op": .string(operation), "width": .integer(width)]
    }
  }
}

/// Reads the members of a JSON object. An error names the member that is missing or wrong.
private struct Fields {
  private let object: JSONValue

  init(_ json: JSONValue, name: String) throws(PreprocessingError) {
    guard case .object = json else {
      throw .malformed(field: name, problem: "an object is needed")
    }
    object = json
  }

  /// - Parameter read: converts the JSON value; returns nil if it is of the wrong kind.
  func required<Value>(
    _ field: String, _ expected: String, _ read: (JSONValue) -> Value?
  ) throws(PreprocessingError) -> Value {
    guard let member = object[field] else {
      throw .malformed(field: field, problem: "missing: " + expected)
    }
    guard let value = read(member) else {
      throw .malformed(field: field, problem: "not " + expected)
    }
    return value
  }
}

extension JSONValue {
  fileprivate var float: Float? { double.map { Float($0) } }

  fileprivate var floats: [Float]? {
    guard let elements = array else { return nil }
    let floats = elements.compactMap(\.float)
    return floats.count == elements.count ? floats : nil
  }

  /// A number that is written with the fewest digits, and without a fraction if it is whole.
  fileprivate static func shortest(_ value: Float) -> JSONValue {
    Int(exactly: value).map(JSONValue.integer) ?? .float(value)
  }
}
