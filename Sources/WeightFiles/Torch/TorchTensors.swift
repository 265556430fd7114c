import Tensors

/// Makes tensors, which are views of the file, from a pickle of PyTorch.
struct TorchTensors {
  let pickle: Pickle
  /// The range of each storage's values in the file, by the storage's key.
  let storages: [String: Range<Int>]

  private static let storageTypes: [String: ElementType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  /// The names under which checkpoints keep the state_dict.
  private static let stateNames = ["state_dict", "model_state_dict", "model", "net", "params"]

  /// The state_dict's tensors in its order. What is no tensor is skipped.
  func namedTensors() throws(WeightFileError) -> [NamedTensor] {
    guard var entries = pickle.dictionary(pickle.root) else {
      throw .unsupported(
        .torch,
        "it holds "
          + (className(of: pickle.root).map { "a Python object of \($0)" } ?? "no dictionary")
          + ", and only dictionaries of tensors are read: save the model's state_dict()")
    }
    // A checkpoint may hold tensors beside its state_dict, such as the best accuracy so far.
    let inner = Self.stateNames.lazy.compactMap { name in
      entries.first { self.pickle.string($0.key) == name }
        .flatMap { self.pickle.dictionary($0.value) }
    }.first
    if let inner,
      inner.contains(where: { isTensor($0.value) })
        || !entries.contains(where: { isTensor($0.value) })
    {
      entries = inner
    } else if !entries.contains(where: { isTensor($0.value) }) {
      let objects = entries.compactMap { className(of: $0.value) }
      throw .unsupported(
        .torch,
        "its dictionary holds no tensors and no state_dict"
          + (objects.first.map { ", but a Python object of \($0): save a state_dict()" } ?? ""))
    }
    var tensors: [NamedTensor] = []
    for (key, value) in entries where isTensor(value) {
      guard let name = pickle.string(key) else {
        throw .damaged(.torch, "a tensor's name is no text")
      }
      try TensorLimits.check(name, after: tensors.count, in: .torch)
      tensors.append(NamedTensor(name: name, tensor: try tensor(name, value)))
    }
    guard !tensors.isEmpty else { throw .unsupported(.torch, "its state_dict holds no tensors") }
    return tensors
  }

  private func isTensor(_ value: PickleValue) -> Bool {
    pickle.call(value)?.callee.hasPrefix("torch._utils _rebuild_") ?? false
  }

  /// The name of an object's class, or of the function that makes it, for messages; nil for values
  /// of Python's own types.
  private func className(of value: PickleValue) -> String? {
    pickle.call(value).map { $0.callee.replacing(" ", with: ".") }
  }

  private func tensor(_ name: String, _ value: PickleValue) throws(WeightFileError) -> Tensor {
    guard var call = pickle.call(value) else { throw .damaged(.torch, "\(name) is no tensor") }
    if call.callee.hasPrefix("torch._utils _rebuild_parameter") {
      guard let data = call.arguments.first, let inner = pickle.call(data),
        inner.callee != call.callee
      else { throw .damaged(.torch, "parameter \(name) has no tensor") }
      call = inner
    }
    guard call.arguments.count >= 4, let (type, bytes) = values(of: call.arguments[0]),
      let offset = pickle.int(call.arguments[1]), let sizes = pickle.ints(call.arguments[2]),
      let strides = pickle.ints(call.arguments[3]), sizes.count == strides.count
    else { throw .damaged(.torch, "tensor \(name) has no values, shape or strides") }
    return try view(name, type, bytes, offset: offset, sizes: sizes, strides: strides)
  }

  /// The type of a storage's values and their range in the file; nil if there is no such storage.
  private func values(of storage: PickleValue) -> (ElementType, Range<Int>)? {
    guard let id = pickle.persistent(storage), let (key, type, count) = pickle.storageID(id),
      let range = storages[key]
    else { return nil }
    let (size, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow, count >= 0, size <= range.count else { return nil }
    return (type, range.lowerBound..<range.lowerBound + size)
  }

  private func view(
    _ name: String, _ type: ElementType, _ bytes: Range<Int>, offset: Int, sizes: [Int],
    strides: [Int]
  ) throws(WeightFileError) -> Tensor {
    try naming(name, in: .torch) { () throws(TensorError) in
      let shape = try Shape(sizes)
      let size = try shape.byteCount(of: type)
      let held = bytes.count / type.size
      guard offset >= 0, offset <= held, shape.count <= held - offset else {
        throw .wrongByteCount(expected: size, found: max(0, held - max(0, offset)) * type.size)
      }
      let start = bytes.lowerBound + offset * type.size
      let packed = try Tensor(type, shape, storage: pickle.storage, range: start..<start + size)
      return try restride(packed, sizes: sizes, strides: strides)
    }
  }

  /// The tensor in row-major order. PyTorch saves a transposed matrix as the values of the original
  /// matrix with exchanged strides. Its values are put in order when they are first read.
  private func restride(
    _ packed: Tensor, sizes: [Int], strides: [Int]
  ) throws(TensorError) -> Tensor {
    if packed.shape.count == 0 || isContiguous(sizes, strides) { return packed }
    let order = sizes.indices.sorted { strides[$0] > strides[$1] }
    guard sizes.count <= 4, isContiguous(order.map { sizes[$0] }, order.map { strides[$0] })
    else {
      // With these strides, some values would be used twice or not at all.
      throw .wrongByteCount(expected: packed.range.count, found: 0)
    }
    let stored = try Tensor(
      packed.elementType, Shape(order.map { sizes[$0] }), storage: packed.storage,
      range: packed.range)
    return try stored.permuted(sizes.indices.map { order.firstIndex(of: $0) ?? 0 })
  }

  private func isContiguous(_ sizes: [Int], _ strides: [Int]) -> Bool {
    var expected = 1
    for axis in sizes.indices.reversed() {
      // The product of the sizes was checked to fit an Int.
      guard sizes[axis] == 1 || strides[axis] == expected else { return false }
      expected *= sizes[axis]
    }
    return true
  }
}

extension Pickle {
  /// Reads the tuple with which PyTorch refers to a storage: `("storage", type, key, location,
  /// count)`.
  func storageID(_ id: [PickleValue]) -> (key: String, type: ElementType, count: Int)? {
    guard id.count >= 5, string(id[0]) == "storage", case .global(let name) = id[1],
      let type = TorchTensors.elementType(ofStorage: name), let key = string(id[2]),
      let count = int(id[4])
    else { return nil }
    return (key, type, count)
  }
}

extension TorchTensors {
  static func elementType(ofStorage global: String) -> ElementType? {
    global.hasPrefix("torch ") ? storageTypes[String(global.dropFirst(6))] : nil
  }
}
