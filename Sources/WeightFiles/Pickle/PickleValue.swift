import Tensors

/// A value that a pickle describes. No function is ever called: a call becomes a node with the name
/// of the function and its arguments.
enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than eight bytes: where its bytes are in the file, lowest byte first.
  case longInteger(Range<Int>)
  case float(Double)
  /// A string: where its UTF-8 bytes are in the file.
  case text(Range<Int>)
  /// A bytes object, or a string of Python 2: where its bytes are in the file.
  case bytes(Range<Int>)
  /// A class or function: its module, a space and its name.
  case global(String)
  /// An index into ``Pickle/nodes``.
  case node(Int)
}

/// A value that holds other values. It refers to other nodes by index, so that deeply nested values
/// need no deep recursion, and a value that contains itself makes no cycle of references.
enum PickleNode: Sendable {
  case tuple([PickleValue])
  case list([PickleValue])
  case dictionary([(key: PickleValue, value: PickleValue)])
  /// The call `callee(*arguments)`, and the argument of `__setstate__` if the pickle has one.
  case call(callee: String, arguments: PickleValue, state: PickleValue?)
  /// A reference to something in the file outside the pickle, such as a tensor's values.
  case persistent(PickleValue)
}

/// A pickle that has been read: one value, and all the nodes that it refers to.
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

  /// The items of the tuple that names something outside the pickle.
  func persistent(_ value: PickleValue) -> [PickleValue]? {
    guard case .node(let index) = value, case .persistent(let id) = nodes[index] else {
      return nil
    }
    return tuple(id)
  }

  /// The text of a string, or of a bytes object, which is how Python 2 wrote strings. Nil for other
  /// values, and for text that is too long to be the name of a tensor.
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

  /// The integers of a list or tuple; nil for other values, if an item is no integer, and if there
  /// are more of them than a tensor may have dimensions.
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
