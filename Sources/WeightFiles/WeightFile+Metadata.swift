public import JSON

extension WeightFile {
  /// Adds the members of a JSON object to the metadata: strings unchanged, other values as JSON
  /// text. Existing entries are kept.
  public mutating func addMetadata(_ object: JSONValue) {
    guard case .object(let members) = object else { return }
    for member in members where metadata[member.name] == nil {
      metadata[member.name] = member.value.string ?? member.value.text
    }
  }
}
