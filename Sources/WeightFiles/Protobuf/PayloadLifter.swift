import Tensors

/// Separates the long fields of values (payloads) in a protobuf message from the rest, which
/// swift-protobuf then decodes.
///
/// swift-protobuf would copy a field with 244 MB of floats into a growing array, from a copy of the
/// file. That takes several times the size of the file in memory, where a view of the mapped file
/// takes none. Therefore this type first makes a small copy of the message for swift-protobuf, in
/// which each payload field N is replaced by a field N + 1000 that has the index of the payload in
/// ``payloads``. All fields that the schema does not name are left out of the copy, so a file
/// cannot contain such an index itself.
struct PayloadLifter {
  /// The bytes of a payload.
  enum Payload {
    /// A range of bytes in the file.
    case view(Range<Int>)
    /// A copy, because the payload is stored in several pieces.
    case joined([UInt8])
  }

  let format: WeightFileFormat
  let storage: Storage
  private(set) var payloads: [Payload] = []
  private var messageCount = 0

  /// Limits for the copy. Real files have a few hundred messages, and about ten thousand bytes
  /// besides their payloads.
  private static let maxMessages = 100_000
  private static let maxKeptBytes = 4 << 20

  init(_ storage: Storage, format: WeightFileFormat) {
    self.format = format
    self.storage = storage
  }

  /// The message without its payloads.
  mutating func lift(_ schema: ProtobufSchema) throws(WeightFileError) -> [UInt8] {
    try lift(0..<storage.count, schema)
  }

  /// The depth of the recursion is that of the schema. A file cannot make it deeper.
  private mutating func lift(
    _ range: Range<Int>, _ schema: ProtobufSchema
  ) throws(WeightFileError) -> [UInt8] {
    messageCount += 1
    guard messageCount <= Self.maxMessages else {
      throw .unsupported(format, "it has more than \(Self.maxMessages) messages")
    }
    let what = "a message at byte \(range.lowerBound)"
    var reader = ByteReader(storage, range, format: format)
    var lifted: [UInt8] = []
    var payloadIndices: [Int: Int] = [:]
    while reader.remaining > 0 {
      let start = reader.position
      let key = try reader.wireKey(what)
      switch schema.fields[key.number] {
      case .message(let schema) where key.kind == .lengthDelimited:
        let content = try lift(try reader.lengthDelimited(what), schema)
        appendVarint(UInt64(key.number) << 3 | 2, to: &lifted)
        appendVarint(UInt64(content.count), to: &lifted)
        lifted += content
      case .payload where key.kind != .groupStart && key.kind != .groupEnd:
        let values = try valueRange(of: key, &reader, what)
        add(values, field: key.number, to: &payloadIndices, &lifted)
      case .kept where key.kind != .groupStart && key.kind != .groupEnd:
        try reader.skipValue(of: key, what)
        guard reader.position - start <= Self.maxKeptBytes else { throw tooLong }
        lifted += storage.array(start..<reader.position)
      default:
        try reader.skipValue(of: key, what)
      }
      guard lifted.count <= Self.maxKeptBytes else { throw tooLong }
    }
    return lifted
  }

  private var tooLong: WeightFileError {
    .unsupported(format, "it has more than \(Self.maxKeptBytes) bytes besides its weights")
  }

  private func valueRange(
    of key: WireKey, _ reader: inout ByteReader, _ what: String
  ) throws(WeightFileError) -> Range<Int> {
    if key.kind == .lengthDelimited { return try reader.lengthDelimited(what) }
    let start = reader.position
    try reader.skipValue(of: key, what)
    return start..<reader.position
  }

  /// Adds the values in `range` to the payload of the field. A message may store the values of one
  /// repeated field in several pieces.
  private mutating func add(
    _ range: Range<Int>, field: Int, to indices: inout [Int: Int], _ lifted: inout [UInt8]
  ) {
    guard let index = indices[field] else {
      indices[field] = payloads.count
      appendVarint(UInt64(field + ProtobufSchema.payloadFieldOffset) << 3, to: &lifted)
      appendVarint(UInt64(payloads.count), to: &lifted)
      payloads.append(.view(range))
      return
    }
    var joined: [UInt8]
    switch payloads[index] {
    case .view(let first): joined = storage.array(first)
    case .joined(let bytes): joined = bytes
    }
    // While `payloads` also refers to the array, appending would copy the array each time.
    payloads[index] = .view(0..<0)
    storage.withBytes(range) { bytes in
      for index in bytes.indices { joined.append(bytes[index]) }
    }
    payloads[index] = .joined(joined)
  }
}

extension PayloadLifter {
  /// The payload at `index` as a tensor, which is a view of the file if the payload is one piece.
  func tensor(
    _ name: String, _ index: UInt32, _ type: ElementType, _ shape: Shape
  ) throws(WeightFileError) -> Tensor {
    guard payloads.indices.contains(Int(index)) else {
      throw .damaged(format, "tensor \(name) has no values")
    }
    do throws(TensorError) {
      switch payloads[Int(index)] {
      case .view(let range):
        return try Tensor(type, shape, storage: storage, range: range)
      case .joined(let bytes):
        return try Tensor(bytes: bytes, type, shape: shape.dimensions)
      }
    } catch {
      throw .tensor(format, name: name, error)
    }
  }
}

extension PayloadLifter {
  /// The bytes of the payload at `index`: a storage, and their range in it.
  func bytes(
    _ name: String, _ index: UInt32
  ) throws(WeightFileError) -> (storage: Storage, range: Range<Int>) {
    guard payloads.indices.contains(Int(index)) else {
      throw .damaged(format, "tensor \(name) has no values")
    }
    switch payloads[Int(index)] {
    case .view(let range): return (storage, range)
    case .joined(let bytes): return (Storage(copying: bytes.span), 0..<bytes.count)
    }
  }
}
