import Classification
import JSON

extension Proportion {
  /// The number of successes, the proportion, and its interval.
  var json: JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .float(Float($0)) } ?? .null }
    let interval = interval.map {
      JSONValue.array([number($0.lowerBound), number($0.upperBound)])
    }
    return [
      "correct": .integer(successes),
      "accuracy": number(value),
      "interval": interval ?? .null,
    ]
  }
}
