extension JSONValue {
  /// What differs between two descriptions of the same kind: for each member, also of objects in
  /// objects, a text such as `settings.rate was 0.1, and is now 0.2`.
  ///
  /// - Parameter before: as it was read from a file.
  public static func differences(from before: JSONValue, to now: JSONValue) -> [String] {
    differences(before, written(now), name: "")
  }

  /// The value as it is when it is read again: 2.0 is then 2.
  private static func written(_ value: JSONValue) -> JSONValue {
    // Whatever was written can be read.
    (try? JSONValue.parse(value.text)) ?? value
  }

  private static func differences(
    _ before: JSONValue, _ now: JSONValue, name: String
  ) -> [String] {
    guard case .object(let old) = before, case .object(let new) = now else {
      return before.text == now.text
        ? [] : ["\(name) was \(before.text), and is now \(now.text)"]
    }
    var names = old.map(\.name)
    names += new.map(\.name).filter { !names.contains($0) }
    return names.flatMap { member in
      differences(
        before[member] ?? .null, now[member] ?? .null,
        name: name.isEmpty ? member : "\(name).\(member)")
    }
  }
}
