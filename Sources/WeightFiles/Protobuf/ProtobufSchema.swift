/// Which fields of a protobuf message are read, by number. All others are skipped.
struct ProtobufSchema: Sendable {
  indirect enum Field: Sendable {
    /// A number, a name or a short list, which is copied unchanged.
    case kept
    /// An embedded message.
    case message(ProtobufSchema)
    /// A long field of values, which is not copied.
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

  /// In the copy of a message, field N + 1000 has the index of the payload of field N.
  static let payloadFieldOffset = 1000
}
