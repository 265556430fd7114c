import Tensors

/// The files beside a model, each asked for once.
final class OnnxExternalFiles {
  private let read: ExternalData?
  private var files: [String: Storage] = [:]

  init(read: ExternalData?) {
    self.read = read
  }

  /// - Throws: ``WeightFileError/unsupported(_:_:)`` for a name that leads out of the model's
  ///   folder, and where there is no folder.
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

/// The values of a graph that do not depend on its input.
struct OnnxConstants {
  private var protos: [String: OnnxTensorProto] = [:]
  private var computed: [String: Tensor] = [:]
  private let lifter: PayloadLifter
  private let external: OnnxExternalFiles

  init(_ graph: OnnxGraphProto, _ lifter: PayloadLifter, _ external: OnnxExternalFiles) {
    self.lifter = lifter
    self.external = external
    for tensor in graph.initializer { protos[tensor.name] = tensor }
  }

  func contains(_ name: String) -> Bool { protos[name] != nil || computed[name] != nil }

  mutating func add(_ tensor: OnnxTensorProto, as name: String) { protos[name] = tensor }

  mutating func add(_ tensor: Tensor, as name: String) { computed[name] = tensor }

  mutating func alias(_ name: String, as other: String) {
    protos[other] = protos[name]
    computed[other] = computed[name]
  }

  /// The tensor of that name: a view where the file stores its values as they are.
  func tensor(_ name: String) throws(WeightFileError) -> Tensor {
    if let tensor = computed[name] { return tensor }
    guard let proto = protos[name] else {
      throw .unsupported(.onnx, "it computes '\(name)', where weights were expected")
    }
    guard let type = Self.elementTypes[proto.dataType] else {
      throw .unsupported(.onnx, "tensor \(name) has values of type \(proto.dataType)")
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

  /// Values that are stored as varints, whatever their type (half-precision numbers as their bits).
  private func integers(
    _ name: String, _ payload: UInt32, _ type: ElementType, _ shape: Shape
  ) throws(WeightFileError) -> Tensor {
    // A payload of any type has at least one byte a value, so these do not outgrow the file.
    let packed = try lifter.bytes(name, payload)
    var reader = ByteReader(packed.storage, packed.range, format: .onnx)
    guard shape.count <= reader.remaining else {
      throw .tensor(
        .onnx, name: name, .wrongByteCount(expected: shape.count, found: reader.remaining))
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(shape.count * type.size)
    while reader.remaining > 0 {
      let value = try reader.varint("tensor \(name)")
      for index in 0..<type.size {
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
      }
    }
    return try naming(name, in: .onnx) { () throws(TensorError) in
      try Tensor(bytes: bytes, type, shape: shape.dimensions)
    }
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
  /// The tensor of an input that may be left out.
  func tensor(ifAny name: String?) throws(WeightFileError) -> Tensor? {
    guard let name else { return nil }
    return try tensor(name)
  }

  /// The numbers of an input that may be left out; none where it is.
  func numbers(ifAny name: String?) throws(WeightFileError) -> [Float] {
    guard let name else { return [] }
    return try numbers(name)
  }

  /// All values as numbers, of any type: for scales and zero points.
  func numbers(_ name: String) throws(WeightFileError) -> [Float] {
    let tensor = try tensor(name)
    return try naming(name, in: .onnx) { () throws(TensorError) in try tensor.numbers() }
  }
}

extension Tensor {
  /// The values as float32, integers included.
  func numbers() throws(TensorError) -> [Float] {
    func integers<T: FixedWidthInteger>(_ type: T.Type) -> [Float] {
      withBytes { bytes in
        let size = T.bitWidth / 8
        return (0..<shape.count).map { index in
          var value: T = 0
          for byte in 0..<size {
            value |= T(truncatingIfNeeded: bytes[index * size + byte]) << T(8 * byte)
          }
          return Float(value)
        }
      }
    }
    return switch elementType {
    case .int8: integers(Int8.self)
    case .uint8, .bool: integers(UInt8.self)
    case .int16: integers(Int16.self)
    case .uint16: integers(UInt16.self)
    case .int32: integers(Int32.self)
    case .uint32: integers(UInt32.self)
    case .int64: integers(Int64.self)
    case .uint64: integers(UInt64.self)
    default: try floats()
    }
  }
}
