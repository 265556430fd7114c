import Tensors

/// Takes the long fields of values out of a protobuf message and leaves the rest for
/// swift-protobuf.
///
/// swift-protobuf reads a field of 244 MB of floats into an array that it grows as it goes, from a
/// copy of the file: several times the file's size, and no view of a mapped file. So the message
/// is walked first, and what swift-protobuf decodes is a copy in which every payload field N is
/// replaced by field N + 1000 with the payload's index. Unwanted fields are dropped on the way,
/// which also keeps a file from putting such an index there itself.
struct PayloadLifter {
  /// Where the bytes of a payload are.
  enum Payload {
    /// In the file, in one piece.
    case view(Range<Int>)
    /// Put together from pieces.
    case joined([UInt8])
  }

  let format: WeightFileFormat
  let storage: Storage
  private(set) var payloads: [Payload] = []
  private var messageCount = 0

  /// Real files have some hundred messages and some ten thousand bytes besides their payloads.
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

  /// Recursion goes as deep as the schema, not as the file.
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

  /// A repeated field may come in several pieces, packed or one by one: they are one payload.
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
    // The payload must not refer to the array, which then grows in place instead of being copied.
    payloads[index] = .view(0..<0)
    storage.withBytes(range) { bytes in
      for index in bytes.indices { joined.append(bytes[index]) }
    }
    payloads[index] = .joined(joined)
  }
}

extension PayloadLifter {
  /// The payload at `index` as a tensor, lying in the file where it is in one piece.
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
  /// The bytes of the payload at `index`, wherever they are.
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
