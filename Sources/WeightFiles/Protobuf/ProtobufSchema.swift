/// Which fields of a protobuf message are wanted, by number. All others are passed over.
struct ProtobufSchema: Sendable {
  indirect enum Field: Sendable {
    /// Copied as it is: numbers, names, short lists.
    case kept
    /// A message of its own.
    case message(ProtobufSchema)
    /// A long field of values, which stays where it is in the file.
    case payload
  }

  let fields: [Int: Field]

  init(
    kept: [Int] = [], messages: [Int: ProtobufSchema] = [:], payloads: [Int] = []
  ) {
    var fields: [Int: Field] = [:]
    for number in kept { fields[number] = .kept }
    for (number, schema) in messages { fields[number] = .message(schema) }
    for number in payloads { fields[number] = .payload }
    self.fields = fields
  }

  /// Where a lifted field N leaves the index of its payload: in field N plus this.
  static let payloadFieldOffset = 1000
}
