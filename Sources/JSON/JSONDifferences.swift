extension JSONValue {
  /// What differs between two descriptions of the same kind: for each member, also of objects in
  /// objects, a text such as `settings.rate was 0.1, and is now 0.2`. Of more than twenty, the
  /// first ones, and a text that says so.
  ///
  /// - Parameter before: as it was read from a file.
  public static func differences(from before: JSONValue, to now: JSONValue) -> [String] {
    let found = differences(before, written(now), name: "", room: limit + 1)
    return found.count > limit ? found.prefix(limit) + ["there are more differences"] : found
  }

  /// The value as it is when it is read again: 2.0 is then 2.
  private static func written(_ value: JSONValue) -> JSONValue {
    // Whatever was written can be read.
    (try? JSONValue.parse(value.text)) ?? value
  }

  private static func differences(
    _ before: JSONValue, _ now: JSONValue, name: String, room: Int
  ) -> [String] {
    guard case .object(let old) = before, case .object(let new) = now else {
      return before.text == now.text
        ? [] : ["\(name) was \(before.text), and is now \(now.text)"]
    }
    func values(_ members: [Member]) -> [String: JSONValue] {
      Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }
    let (oldValues, newValues) = (values(old), values(new))
    let names = old.map(\.name) + new.map(\.name).filter { oldValues[$0] == nil }
    var found: [String] = []
    for member in names where found.count < room {
      found += differences(
        oldValues[member] ?? .null, newValues[member] ?? .null,
        name: name.isEmpty ? member : "\(name).\(member)", room: room - found.count)
    }
    return found
  }

  /// How many differences are enough: more would not be read.
  private static let limit = 20
}
