public import JSON

extension WeightFile {
  /// Adds the members of a JSON object as metadata entries: strings as they are, all else as JSON
  /// text. Entries that are there already stay.
  public mutating func addMetadata(_ object: JSONValue) {
    guard case .object(let members) = object else { return }
    for member in members where metadata[member.name] == nil {
      metadata[member.name] = member.value.string ?? member.value.text
    }
  }
}
