import Tensors

/// Finds the arrays in a pickled dictionary of layers. The value of a layer is a list
/// (`{"conv1": [weight, bias], ...}`), a dictionary of arrays, or one array.
struct NumPyPickle {
  private let pickle: Pickle
  /// The decoded bytes of arrays that are stored as text, by the position of the text. Several
  /// arrays may refer to the same text, which is decoded once.
  private var decoded: [Range<Int>: Tensor] = [:]

  init(_ pickle: Pickle) {
    self.pickle = pickle
  }

  mutating func namedTensors() throws(WeightFileError) -> [NamedTensor] {
    // `numpy.save` wraps a dictionary in an array without dimensions, whose only value it is.
    var root = pickle.root
    if let state = arrayState(root), let items = pickle.sequence(state[4]), items.count == 1 {
      root = items[0]
    }
    guard let entries = pickle.dictionary(root) else {
      throw .unsupported(.numpy, "its pickle holds no dictionary of layers")
    }
    var tensors: [NamedTensor] = []
    for (key, value) in entries where !isNote(value) {
      guard let name = pickle.string(key) else {
        throw .damaged(.numpy, "the name of a layer is no text")
      }
      let layer = try layer(name, value)
      try TensorLimits.check(name, after: tensors.count + layer.count, in: .numpy)
      tensors += layer
    }
    guard !tensors.isEmpty else {
      let objects = entries.compactMap { pickle.call($0.value)?.callee }
      throw .unsupported(
        .numpy,
        "its dictionary holds no arrays"
          + (objects.first.map { ", but a Python object of \($0.replacing(" ", with: "."))" } ?? "")
      )
    }
    return tensors
  }

  /// Whether a value beside the layers is none itself: a number, a text, or an object that is no
  /// array.
  private func isNote(_ value: PickleValue) -> Bool {
    switch value {
    case .none, .bool, .int, .longInteger, .float, .text, .bytes, .global: true
    case .node: pickle.call(value) != nil && arrayState(value) == nil
    }
  }

  private mutating func layer(
    _ name: String, _ value: PickleValue
  ) throws(WeightFileError) -> [NamedTensor] {
    if arrayState(value) != nil {
      return [NamedTensor(name: name, tensor: try tensor(name, value))]
    }
    var parts: [(key: String, value: PickleValue)] = []
    if let items = pickle.sequence(value), items.count <= 2 {
      parts = Array(zip(["weight", "bias"], items))
    } else if let entries = pickle.dictionary(value), entries.count <= TensorLimits.tensors {
      parts = entries.map { entry in
        let key = pickle.string(entry.key) ?? pickle.int(entry.key).map(String.init) ?? "?"
        return (["0": "weight", "1": "bias"][key] ?? key, entry.value)
      }
    } else {
      throw .unsupported(.numpy, "layer \(name) is neither an array nor a list of two")
    }
    var tensors: [NamedTensor] = []
    for part in parts {
      let name = "\(name).\(part.key)"
      tensors.append(NamedTensor(name: name, tensor: try tensor(name, part.value)))
    }
    return tensors
  }

  /// The five values that describe an array: version, shape, type, whether it is in Fortran's
  /// order, and its bytes. Nil if the value is not an array.
  private func arrayState(_ value: PickleValue) -> [PickleValue]? {
    guard let call = pickle.call(value), call.callee.hasSuffix("multiarray _reconstruct"),
      let state = call.state.flatMap({ pickle.tuple($0) }), state.count == 5
    else { return nil }
    return state
  }

  private mutating func tensor(
    _ name: String, _ value: PickleValue
  ) throws(WeightFileError) -> Tensor {
    guard let state = arrayState(value), let shape = pickle.ints(state[1]),
      let type = type(state[2]), case .bool(let isFortran) = state[3]
    else { throw .unsupported(.numpy, "\(name) is no array of numbers") }
    let array = NumPyArray(type: type, shape: shape, isFortran: isFortran)
    switch state[4] {
    case .bytes(let range):
      return try array.tensor(name, pickle.storage, range)
    default:
      let bytes = try encoded(name, state[4])
      return try array.tensor(name, bytes.storage, bytes.range)
    }
  }

  /// The type in a call `dtype("f4", ...)`. The second value of its state is the byte order.
  private func type(_ value: PickleValue) -> NumPyType? {
    guard let call = pickle.call(value), call.callee == "numpy dtype",
      let name = pickle.string(call.arguments.first)
    else { return nil }
    let state = call.state.flatMap { pickle.tuple($0) } ?? []
    let order = state.count > 1 ? pickle.string(state[1]) ?? "" : ""
    return NumPyType(order + name)
  }

  /// The bytes in a call `encode(text, "latin1")`, as Python 3 writes bytes in protocol 2.
  private mutating func encoded(
    _ name: String, _ value: PickleValue
  ) throws(WeightFileError) -> Tensor {
    guard let call = pickle.call(value), call.callee == "_codecs encode",
      call.arguments.count == 2, pickle.string(call.arguments[1]) == "latin1",
      case .text(let range) = call.arguments[0]
    else { throw .unsupported(.numpy, "\(name) has values that are no bytes") }
    if let tensor = decoded[range] { return tensor }
    let storage = pickle.storage
    guard let count = storage.withBytes(range, Latin1.decodedCount) else {
      throw .damaged(.numpy, "\(name) has values that are no bytes")
    }
    let tensor = try naming(name, in: .numpy) { () throws(TensorError) in
      try Tensor(.uint8, deferring: Shape([count]), from: []) {
        storage.withBytes(range) { Latin1.decoded($0, count: count) }
      }
    }
    decoded[range] = tensor
    return tensor
  }
}
