import Tensors

/// The files with external data of a model. Each is opened once.
final class OnnxExternalFiles {
  private let read: ExternalData?
  private var files: [String: Storage] = [:]

  init(read: ExternalData?) {
    self.read = read
  }

  /// - Throws: ``WeightFileError/unsupported(_:_:)`` for a name that leads out of the model's
  ///   folder, and if external data is not allowed.
  func file(_ name: String) throws(WeightFileError) -> Storage {
    if let file = files[name] { return file }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.contains("\0"), !name.contains("\\"),
      parts.allSatisfy({ !$0.isEmpty && $0 != ".." })
    else {
      throw .unsupported(.onnx, "its weights are said to be in '\(name)', outside its folder")
    }
    guard let read else {
      throw .unsupported(.onnx, "its weights are in another file, '\(name)'")
    }
    let file = try read(name)
    files[name] = file
    return file
  }
}

/// The constants of a graph: the values that do not depend on its input, by name.
struct OnnxConstants {
  private enum Value {
    case stored(OnnxTensorProto)
    case tensor(Tensor)
  }

  private var values: [Value] = []
  /// Indices into `values` by name. Several names may refer to the same value, which is then read
  /// from the file once.
  private var indices: [String: Int] = [:]
  /// Answers about values, by their indices: see ``answer(about:_:)``.
  private var answers: [Int: Bool] = [:]
  private let lifter: PayloadLifter
  private let external: OnnxExternalFiles

  init(_ graph: OnnxGraphProto, _ lifter: PayloadLifter, _ external: OnnxExternalFiles) {
    self.lifter = lifter
    self.external = external
    for tensor in graph.initializer { add(tensor, as: tensor.name) }
  }

  func contains(_ name: String) -> Bool { indices[name] != nil }

  mutating func add(_ tensor: OnnxTensorProto, as name: String) { add(.stored(tensor), as: name) }

  mutating func add(_ tensor: Tensor, as name: String) { add(.tensor(tensor), as: name) }

  private mutating func add(_ value: Value, as name: String) {
    indices[name] = values.count
    values.append(value)
  }

  /// Gives the constant `name` another name as well.
  mutating func alias(_ name: String, as other: String) { indices[other] = indices[name] }

  /// The constant with that name. It is a view of the file unless its values are stored as varints.
  mutating func tensor(_ name: String) throws(WeightFileError) -> Tensor {
    guard let index = indices[name] else {
      throw .unsupported(.onnx, "it computes '\(name)', where weights were expected")
    }
    switch values[index] {
    case .tensor(let tensor):
      return tensor
    case .stored(let proto):
      let tensor = try tensor(name, proto)
      values[index] = .tensor(tensor)
      return tensor
    }
  }

  /// The answer to a question about the values of the constant `name`, always the same question. It
  /// is asked once however many nodes use the constant, and under whatever names.
  mutating func answer(
    about name: String, _ question: (Tensor) throws(WeightFileError) -> Bool
  ) throws(WeightFileError) -> Bool {
    let tensor = try tensor(name)
    if let index = indices[name], let known = answers[index] { return known }
    let answer = try question(tensor)
    if let index = indices[name] { answers[index] = answer }
    return answer
  }

  private func tensor(
    _ name: String, _ proto: OnnxTensorProto
  ) throws(WeightFileError) -> Tensor {
    guard let type = Self.elementTypes[proto.dataType] else {
      throw .unsupported(.onnx, "tensor \(name) has values of type \(proto.dataType)")
    }
    guard proto.dims.count <= TensorLimits.dimensions else {
      throw .damaged(.onnx, "tensor \(name) has \(proto.dims.count) dimensions")
    }
    let shape = try naming(name, in: .onnx) { () throws(TensorError) in
      try Shape(proto.dims.map { Int($0) })
    }
    if proto.dataLocation == 1 { return try externalTensor(name, proto, type, shape) }
    if proto.hasRawPayload { return try lifter.tensor(name, proto.rawPayload, type, shape) }
    switch type {
    case .float32 where proto.hasFloatPayload:
      return try lifter.tensor(name, proto.floatPayload, type, shape)
    case .float64 where proto.hasDoublePayload:
      return try lifter.tensor(name, proto.doublePayload, type, shape)
    case .int64 where proto.hasInt64Payload:
      return try integers(name, proto.int64Payload, type, shape)
    case .int32, .int16, .int8, .uint16, .uint8, .bool, .float16, .bfloat16:
      guard proto.hasInt32Payload else { fallthrough }
      return try integers(name, proto.int32Payload, type, shape)
    default:
      throw .damaged(.onnx, "tensor \(name) has no values")
    }
  }

  /// TensorProto.DataType.
  private static let elementTypes: [Int32: ElementType] = [
    1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .bool,
    10: .float16, 11: .float64, 12: .uint32, 13: .uint64, 16: .bfloat16,
  ]

  /// A tensor whose values are stored as varints. float16 and bfloat16 values are stored as their
  /// bits.
  private func integers(
    _ name: String, _ payload: UInt32, _ type: ElementType, _ shape: Shape
  ) throws(WeightFileError) -> Tensor {
    let packed = try lifter.bytes(name, payload)
    var reader = ByteReader(packed.storage, packed.range, format: .onnx)
    var count = 0
    while reader.remaining > 0 {
      _ = try reader.varint("tensor \(name)")
      count += 1
    }
    guard count == shape.count else {
      throw .tensor(.onnx, name: name, .wrongByteCount(expected: shape.count, found: count))
    }
    return try naming(name, in: .onnx) { () throws(TensorError) in
      try Tensor(type, deferring: shape, from: []) {
        packed.storage.withBytes(packed.range) { Self.decoded($0, size: type.size) }
      }
    }
  }

  /// The lower `size` bytes of each varint, little-endian.
  private static func decoded(_ varints: Span<UInt8>, size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var (value, shift) = (UInt64(0), UInt64(0))
    for index in varints.indices {
      value |= UInt64(varints[index] & 0x7F) << shift
      shift += 7
      guard varints[index] & 0x80 == 0 else { continue }
      for byte in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
      (value, shift) = (0, 0)
    }
    return bytes
  }

  private func externalTensor(
    _ name: String, _ proto: OnnxTensorProto, _ type: ElementType, _ shape: Shape
  ) throws(WeightFileError) -> Tensor {
    func entry(_ key: String) -> String? { proto.externalData.first { $0.key == key }?.value }
    let file = try external.file(entry("location") ?? "")
    let size = try naming(name, in: .onnx) { () throws(TensorError) in
      try shape.byteCount(of: type)
    }
    guard let offset = Int(entry("offset") ?? "0"), offset >= 0,
      let length = Int(entry("length") ?? String(size)), length == size
    else { throw .damaged(.onnx, "tensor \(name) has other bytes than its shape asks for") }
    guard offset <= file.count, size <= file.count - offset else {
      throw .truncated(.onnx, what: "the values of \(name) in '\(entry("location") ?? "")'")
    }
    return try naming(name, in: .onnx) { () throws(TensorError) in
      try Tensor(type, shape, storage: file, range: offset..<offset + size)
    }
  }
}

extension OnnxConstants {
  /// The constant with that name; nil if the name is nil, as it is for an omitted input.
  mutating func tensor(ifAny name: String?) throws(WeightFileError) -> Tensor? {
    guard let name else { return nil }
    return try tensor(name)
  }

  /// The only value of the constant with that name; nil if the name is nil or the constant has
  /// several values.
  mutating func number(ifAny name: String?) throws(WeightFileError) -> Float? {
    guard let name else { return nil }
    let tensor = try tensor(name)
    return tensor.shape.count == 1 ? tensor.numbers().first : nil
  }
}

extension Tensor {
  /// The values as float32. Integers are converted too.
  func numbers() -> [Float] {
    if let floats = try? FloatTensor(self) { return floats.floats() }
    let size = elementType.size
    let isSigned = [.int8, .int16, .int32, .int64].contains(elementType)
    let unusedBits = 64 - 8 * size
    return withBytes { bytes in
      (0..<shape.count).map { index in
        var bits: UInt64 = 0
        for byte in 0..<size { bits |= UInt64(bytes[index * size + byte]) << UInt64(8 * byte) }
        return isSigned
          ? Float(Int64(bitPattern: bits << UInt64(unusedBits)) >> Int64(unusedBits)) : Float(bits)
      }
    }
  }
}
