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

extension JSONValue {
  /// The most values of metadata: as many as the names of half a million classes, which take some
  /// 50 MB.
  public static let maxMetadataValues = 1 << 19

  /// As `parse` for an entry of a file's metadata.
  public static func parse(metadata text: String) throws(JSONError) -> JSONValue {
    try parse(text, maxValues: maxMetadataValues)
  }
}
