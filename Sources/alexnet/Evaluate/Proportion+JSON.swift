import Classification

extension Proportion {
  /// How many, the share, and its interval.
  var json: JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number(Float($0)) } ?? .null }
    let interval = interval.map {
      JSONValue.array([number($0.lowerBound), number($0.upperBound)])
    }
    return .object([
      ("correct", .integer(successes)),
      ("accuracy", number(value)),
      ("interval", interval ?? .null),
    ])
  }
}
