import Tensors

/// A value that a pickle describes. Nothing is ever built or called: what Python would call stays
/// a node that names what would be called, and with what.
enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than eight bytes, little-endian, by where it lies in the file.
  case longInteger(Range<Int>)
  case float(Double)
  /// A string's UTF-8 bytes, by where they lie in the file.
  case text(Range<Int>)
  /// A bytes object, or a string of Python 2, by where it lies in the file.
  case bytes(Range<Int>)
  /// A class or function: module, a space, name.
  case global(String)
  /// An index into ``Pickle/nodes``.
  case node(Int)
}

/// The values that hold others. They refer to each other by index, so that values nested a
/// million deep, or in a circle, cost no stack and leak nothing.
enum PickleNode: Sendable {
  case tuple([PickleValue])
  case list([PickleValue])
  case dictionary([(key: PickleValue, value: PickleValue)])
  /// `callee(*arguments)`, and what its `__setstate__` would be given.
  case call(callee: String, arguments: PickleValue, state: PickleValue?)
  /// Something that the file holds beside the pickle, such as a tensor's values.
  case persistent(PickleValue)
}

/// A whole pickle: one value and all the nodes it is made of.
struct Pickle: Sendable {
  let storage: Storage
  let root: PickleValue
  let nodes: [PickleNode]
  /// Where in the file the pickle ends.
  let end: Int

  func tuple(_ value: PickleValue) -> [PickleValue]? {
    guard case .node(let index) = value, case .tuple(let items) = nodes[index] else { return nil }
    return items
  }

  /// The items of a list or tuple.
  func sequence(_ value: PickleValue) -> [PickleValue]? {
    guard case .node(let index) = value else { return nil }
    switch nodes[index] {
    case .list(let items), .tuple(let items): return items
    default: return nil
    }
  }

  func dictionary(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    guard case .node(let index) = value, case .dictionary(let items) = nodes[index] else {
      return nil
    }
    return items
  }

  func call(
    _ value: PickleValue
  ) -> (callee: String, arguments: [PickleValue], state: PickleValue?)? {
    guard case .node(let index) = value,
      case .call(let callee, let arguments, let state) = nodes[index],
      let arguments = tuple(arguments)
    else { return nil }
    return (callee, arguments, state)
  }

  func persistent(_ value: PickleValue) -> [PickleValue]? {
    guard case .node(let index) = value, case .persistent(let id) = nodes[index] else {
      return nil
    }
    return tuple(id)
  }

  /// A string or, as Python 2 wrote strings, bytes; nil where it is too long for a name.
  func string(_ value: PickleValue?) -> String? {
    switch value {
    case .text(let range), .bytes(let range):
      guard range.count <= TensorLimits.nameLength else { return nil }
      return String(decoding: storage.array(range), as: UTF8.self)
    default:
      return nil
    }
  }

  func int(_ value: PickleValue?) -> Int? {
    if case .int(let number) = value { return number }
    return nil
  }

  /// The integers of a list or tuple; nil for anything else and for more than a tensor's
  /// dimensions.
  func ints(_ value: PickleValue?) -> [Int]? {
    guard let value, let items = sequence(value), items.count <= TensorLimits.dimensions else {
      return nil
    }
    var numbers: [Int] = []
    for item in items {
      guard case .int(let number) = item else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
