/// What a pax extension header says about the member after it (IEEE Std 1003.1, pax, "pax Extended
/// Header"): of all records, those that matter for listing.
struct PaxRecords {
  private(set) var path: [UInt8]?
  private(set) var size: Int?
  /// The name of a member that GNU tar stored with its holes left out.
  private(set) var sparseName: [UInt8]?
  /// GNU tar stored the member with its holes left out.
  private(set) var isSparse = false

  /// Takes in records of the form "LENGTH KEY=VALUE\n"; the length counts the whole record.
  mutating func add(_ bytes: ArraySlice<UInt8>) throws(TarProblem) {
    var rest = bytes
    while let first = rest.first {
      // Some programs fill up with zeros.
      if first == 0 && rest.allSatisfy({ $0 == 0 }) { return }
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let length = Self.decimal(rest[..<space]), length <= rest.count,
        length > space - rest.startIndex + 1
      else { throw .badPaxRecords }
      let end = rest.startIndex + length
      guard rest[end - 1] == UInt8(ascii: "\n"),
        let equals = rest[space..<end].firstIndex(of: UInt8(ascii: "="))
      else { throw .badPaxRecords }
      let key = String(decoding: rest[(space + 1)..<equals], as: UTF8.self)
      try set(key, rest[(equals + 1)..<(end - 1)])
      rest = rest[end...]
    }
  }

  /// These records with those of `global` where there is none of the kind.
  func withDefaults(of global: PaxRecords) -> PaxRecords {
    var result = self
    result.path = path ?? global.path
    result.size = size ?? global.size
    result.isSparse = isSparse || global.isSparse
    return result
  }

  /// An empty value takes an earlier one back.
  private mutating func set(_ key: String, _ value: ArraySlice<UInt8>) throws(TarProblem) {
    switch key {
    case "path":
      guard !value.contains(0) else { throw .badPaxRecords }
      path = value.isEmpty ? nil : Array(value)
    case "size":
      let number = Self.decimal(value)
      guard value.isEmpty || number != nil else { throw .badSize }
      size = number
    default:
      guard key.hasPrefix("GNU.sparse.") else { return }
      isSparse = true
      // The other name is that of a file for programs that know no holes.
      if key == "GNU.sparse.name", !value.contains(0) { sparseName = Array(value) }
    }
  }

  private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflows) = product.addingReportingOverflow(Int(digit & 15))
      guard !isTooLarge, !overflows else { return nil }
      value = sum
    }
    return value
  }
}
