extension Preprocessing: Codable {
  private enum Key: String, CodingKey { case steps, channels, mean, scale }

  /// Reads the JSON form. Throws a ``PreprocessingError`` only, whatever is wrong.
  public init(from decoder: any Decoder) throws {
    let fields = try Fields<Key>(decoder, name: "preprocessing")
    let steps = try fields.required([Step].self, .steps, "an array of steps")
    let order = try fields.required(String.self, .channels, "RGB or BGR")
    guard let channels = ChannelOrder(rawValue: order) else {
      throw PreprocessingError.unknownChannelOrder(order)
    }
    let mean = try fields.required([Float].self, .mean, "an array of three numbers")
    let scale: [Float]
    if let one = try? fields.container.decode(Float.self, forKey: .scale) {
      scale = [one, one, one]
    } else {
      scale = try fields.required([Float].self, .scale, "a number or an array of three")
    }
    try self.init(steps: steps, channels: channels, mean: mean, scale: scale)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(steps, forKey: .steps)
    try container.encode(channels.rawValue, forKey: .channels)
    try container.encode(mean, forKey: .mean)
    if scale.allSatisfy({ $0 == scale[0] }) {
      try container.encode(scale[0], forKey: .scale)
    } else {
      try container.encode(scale, forKey: .scale)
    }
  }
}

extension Preprocessing.Step: Codable {
  private enum Key: String, CodingKey { case op, size, width, height, antialias }

  public init(from decoder: any Decoder) throws {
    let fields = try Fields<Key>(decoder, name: "step")
    let operation = try fields.required(String.self, .op, "the name of a step")
    func pixels(_ key: Key) throws -> Int {
      try fields.required(Int.self, key, "a whole number of pixels for \(operation)")
    }
    func antialias() throws -> Bool {
      try fields.required(Bool.self, .antialias, "true or false for \(operation)")
    }
    switch operation {
    case "resizeShortSide":
      self = try .resizeShortSide(size: pixels(.size), antialias: antialias())
    case "squash":
      self = try .squash(
        width: pixels(.width), height: pixels(.height), antialias: antialias())
    case "centerCrop":
      if fields.container.contains(.size) {
        guard !fields.container.contains(.width), !fields.container.contains(.height) else {
          throw PreprocessingError.malformed(
            field: "size", problem: "centerCrop takes size, or width and height, not both")
        }
        let size = try pixels(.size)
        self = .centerCrop(width: size, height: size)
      } else {
        self = try .centerCrop(width: pixels(.width), height: pixels(.height))
      }
    default: throw PreprocessingError.unknownOperation(operation)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(operation, forKey: .op)
    switch self {
    case .resizeShortSide(let size, let antialias):
      try container.encode(size, forKey: .size)
      try container.encode(antialias, forKey: .antialias)
    case .squash(let width, let height, let antialias):
      try container.encode(width, forKey: .width)
      try container.encode(height, forKey: .height)
      try container.encode(antialias, forKey: .antialias)
    case .centerCrop(let width, let height) where width == height:
      try container.encode(width, forKey: .size)
    case .centerCrop(let width, let height):
      try container.encode(width, forKey: .width)
      try container.encode(height, forKey: .height)
    }
  }
}

/// A keyed container whose failures are ``PreprocessingError``s that name the field.
private struct Fields<Key: CodingKey> {
  let container: KeyedDecodingContainer<Key>

  init(_ decoder: any Decoder, name: String) throws {
    do {
      container = try decoder.container(keyedBy: Key.self)
    } catch {
      throw PreprocessingError.malformed(field: name, problem: "an object is needed")
    }
  }

  func required<Value: Decodable>(_ type: Value.Type, _ key: Key, _ expected: String) throws
    -> Value
  {
    do {
      return try container.decode(type, forKey: key)
    } catch let error as PreprocessingError {
      throw error
    } catch {
      let isMissing = !container.contains(key)
      throw PreprocessingError.malformed(
        field: key.stringValue, problem: (isMissing ? "missing: " : "not ") + expected)
    }
  }
}
