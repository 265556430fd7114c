/// A JSON value (RFC 8259). The members of an object keep the order in which they were written or
/// read.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A whole number without fraction and exponent that fits an `Int`.
  case integer(Int)
  /// A whole number that does not fit an `Int`. The parser gives ``number(_:)`` for it.
  case unsigned(UInt64)
  case number(Double)
  /// A number of single precision, which is written in the fewest digits that read back as the same
  /// `Float`. The parser gives ``number(_:)`` for it.
  case float(Float)
  case string(String)
  case array([JSONValue])
  /// The parser refuses an object that has two members of the same name.
  case object([Member])

  public struct Member: Sendable, Equatable {
    public let name: String
    public let value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// The value of the member of that name; nil if there is none, or if this is not an object.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    case .float(let value): Double(value)
    default: nil
    }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var array: [JSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  /// The elements of an array that holds strings only.
  public var strings: [String]? {
    guard let values = array else { return nil }
    let strings = values.compactMap(\.string)
    return strings.count == values.count ? strings : nil
  }

  /// The elements of an array that holds integers only.
  public var integers: [Int]? {
    guard let values = array else { return nil }
    let integers = values.compactMap(\.integer)
    return integers.count == values.count ? integers : nil
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
  /// An object with these members, in this order.
  public init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(members.map { Member($0, $1) })
  }
}
