/// Why a text is not JSON, and at which byte.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  public let reason: String
  public let offset: Int

  public var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
  /// Parses one JSON text (RFC 8259) with nothing but white space around it.
  ///
  /// The text may come from anywhere: nesting is limited, and an object with two members of the
  /// same name is refused. A value of two bytes takes about a hundred in memory.
  ///
  /// - Parameter maxValues: the most values that the text may have, those in other values counted.
  public static func parse(
    _ text: Span<UInt8>, maxValues: Int = .max
  ) throws(JSONError) -> JSONValue {
    try parse(text.indices.map { text[$0] }, maxValues: maxValues)
  }

  /// As ``parse(_:maxValues:)`` for a string.
  public static func parse(
    _ text: String, maxValues: Int = .max
  ) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), maxValues: maxValues)
  }

  private static func parse(_ text: [UInt8], maxValues: Int) throws(JSONError) -> JSONValue {
    var parser = JSONParser(text: text, valuesLeft: maxValues)
    let value = try parser.value(depth: 0)
    try parser.expectEnd()
    return value
  }
}

/// A recursive-descent parser over UTF-8 bytes.
struct JSONParser {
  static let maxDepth = 32

  let text: [UInt8]
  /// How many more values there may be.
  var valuesLeft: Int
  var position = 0

  private var next: UInt8? { position < text.count ? text[position] : nil }

  private func failure(_ reason: String) -> JSONError {
    JSONError(reason: reason, offset: position)
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  mutating func expectEnd() throws(JSONError) {
    skipSpace()
    guard next == nil else { throw failure("there is more after the JSON text") }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= Self.maxDepth else { throw failure("JSON is nested too deeply") }
    guard valuesLeft > 0 else { throw failure("JSON has too many values") }
    valuesLeft -= 1
    skipSpace()
    defer { skipSpace() }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw failure("JSON ends early")
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    position += 1
    skipSpace()
    var members: [JSONValue.Member] = []
    var names: Set<String> = []
    if skip(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("a name in quotes is missing") }
      let name = try string()
      guard names.insert(name).inserted else { throw failure("the name \(name) is repeated") }
      skipSpace()
      guard skip(UInt8(ascii: ":")) else { throw failure("a colon is missing") }
      members.append(JSONValue.Member(name, try value(depth: depth + 1)))
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "}")) else { throw failure("an object does not end") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    position += 1
    skipSpace()
    var values: [JSONValue] = []
    if skip(UInt8(ascii: "]")) { return .array([]) }
    repeat {
      values.append(try value(depth: depth + 1))
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "]")) else { throw failure("an array does not end") }
    return .array(values)
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONError) -> JSONValue {
    for byte in word.description.utf8 {
      guard skip(byte) else { throw failure("this is not a JSON value") }
    }
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    _ = skip(UInt8(ascii: "-"))
    let leadingZero = next == UInt8(ascii: "0")
    let wholeDigits = skipDigits()
    guard wholeDigits > 0, !(leadingZero && wholeDigits > 1) else {
      throw failure("this is not a JSON value")
    }
    var isWhole = true
    if skip(UInt8(ascii: ".")) {
      isWhole = false
      guard skipDigits() > 0 else { throw failure("a digit is missing") }
    }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      isWhole = false
      if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
      guard skipDigits() > 0 else { throw failure("a digit is missing") }
    }
    let digits = String(decoding: text[start..<position], as: UTF8.self)
    if isWhole, let integer = Int(digits) { return .integer(integer) }
    guard let number = Double(digits), number.isFinite else {
      throw failure("a number is too large")
    }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }
}
