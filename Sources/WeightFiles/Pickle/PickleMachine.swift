import Tensors

/// Reads a pickle of Python's protocols 2 to 5 without running any code in it.
///
/// Source of the opcodes: `Lib/pickletools.py` of CPython. Only the opcodes of these protocols are
/// accepted. A pickle may name any class or function, because none is ever called or looked up: a
/// call is kept as its name and arguments (see ``PickleValue``). Checkpoints have objects of many
/// classes beside the weights, which are skipped.
struct PickleMachine {
  private var reader: ByteReader
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var nodes: [PickleNode] = []

  /// The most operations of a pickle. A weight file needs a few thousand. Each operation makes at
  /// most one small node or entry, so this also limits the memory.
  private static let maxOperations = 500_000

  private init(_ reader: ByteReader) {
    self.reader = reader
  }

  /// Reads the pickle that starts at the position of `reader`.
  ///
  /// - Throws: ``WeightFileError/unsupported(_:_:)`` for an unknown opcode,
  ///   ``WeightFileError/damaged(_:_:)`` if the stack does not hold what an opcode needs.
  static func run(_ reader: ByteReader) throws(WeightFileError) -> Pickle {
    var machine = PickleMachine(reader)
    for _ in 0..<maxOperations {
      if try machine.step() {
        let root = try machine.pop()
        return Pickle(
          storage: reader.storage, root: root, nodes: machine.nodes,
          end: machine.reader.position)
      }
    }
    throw .unsupported(reader.format, "its pickle has more than \(maxOperations) operations")
  }

  /// Carries out one operation. Returns whether it was the last.
  private mutating func step() throws(WeightFileError) -> Bool {
    let opcode = try reader.byte("its pickle")
    switch UInt8(opcode) {
    case UInt8(ascii: "."): return true
    case 0x80: try checkProtocol()
    case 0x95: _ = try reader.take(8, "a pickle's frame")
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try duplicate()
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.int(Int(try reader.integer(Int32.self, "a number"))))
    case UInt8(ascii: "K"): stack.append(.int(Int(try reader.byte("a number"))))
    case UInt8(ascii: "M"): stack.append(.int(Int(try reader.integer(UInt16.self, "a number"))))
    case 0x8A: try pushLong(Int(try reader.byte("a number")))
    case 0x8B: try pushLong(Int(try reader.integer(UInt32.self, "a number")))
    case UInt8(ascii: "G"): try pushFloat()
    case 0x8C, UInt8(ascii: "X"), 0x8D: stack.append(.text(try counted(opcode)))
    case UInt8(ascii: "U"), UInt8(ascii: "T"), UInt8(ascii: "C"), UInt8(ascii: "B"), 0x8E,
      0x96:
      stack.append(.bytes(try counted(opcode)))
    case UInt8(ascii: "c"), 0x93: try pushGlobal(opcode)
    case UInt8(ascii: "q"), UInt8(ascii: "r"), 0x94: try memoize(opcode)
    case UInt8(ascii: "h"), UInt8(ascii: "j"): try recall(opcode)
    default: try stepOnNodes(opcode)
    }
    return false
  }

  /// Carries out an operation that makes or changes a node.
  private mutating func stepOnNodes(_ opcode: UInt8) throws(WeightFileError) {
    switch opcode {
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "}"): push(.dictionary([]))
    case UInt8(ascii: ")"): push(.tuple([]))
    case 0x85: push(.tuple(try pop(1)))
    case 0x86: push(.tuple(try pop(2)))
    case 0x87: push(.tuple(try pop(3)))
    case UInt8(ascii: "t"): push(.tuple(try popToMark()))
    case UInt8(ascii: "l"): push(.list(try popToMark()))
    case UInt8(ascii: "d"): push(.dictionary(try pairs(try popToMark())))
    // Sets are kept as lists.
    case 0x8F: push(.list([]))
    case 0x91: push(.list(try popToMark()))
    case UInt8(ascii: "a"): try append(try pop(1))
    case UInt8(ascii: "e"), 0x90: try append(try popToMark())
    case UInt8(ascii: "s"): try setItems(try pop(2))
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case UInt8(ascii: "Q"): push(.persistent(try pop()))
    case UInt8(ascii: "R"), 0x81: try call()
    case 0x92: try callWithKeywords()
    case UInt8(ascii: "b"): try setState()
    default:
      throw .unsupported(
        reader.format,
        "its pickle has the operation 0x\(String(opcode, radix: 16)) at byte"
          + " \(reader.position - 1), which no file of weights needs")
    }
  }
}

// MARK: - Stack

extension PickleMachine {
  private func damaged(_ detail: String) -> WeightFileError {
    .damaged(reader.format, "its pickle \(detail), at byte \(reader.position)")
  }

  private mutating func push(_ node: PickleNode) {
    nodes.append(node)
    stack.append(.node(nodes.count - 1))
  }

  private mutating func pop() throws(WeightFileError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw damaged("takes a value from an empty stack")
    }
    return value
  }

  private mutating func pop(_ count: Int) throws(WeightFileError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw damaged("takes \(count) values from a stack of fewer")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(WeightFileError) -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw damaged("misses the mark of a group")
    }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func duplicate() throws(WeightFileError) {
    let value = try pop()
    stack += [value, value]
  }

  private mutating func memoize(_ opcode: UInt8) throws(WeightFileError) {
    let key =
      switch opcode {
      case UInt8(ascii: "q"): Int(try reader.byte("a memo key"))
      case UInt8(ascii: "r"): Int(try reader.integer(UInt32.self, "a memo key"))
      default: memo.count
      }
    guard let value = stack.last else { throw damaged("remembers a value of an empty stack") }
    memo[key] = value
  }

  private mutating func recall(_ opcode: UInt8) throws(WeightFileError) {
    let key =
      opcode == UInt8(ascii: "h")
      ? Int(try reader.byte("a memo key")) : Int(try reader.integer(UInt32.self, "a memo key"))
    guard let value = memo[key] else { throw damaged("recalls a value it never remembered") }
    stack.append(value)
  }
}

// MARK: - Values

extension PickleMachine {
  private mutating func checkProtocol() throws(WeightFileError) {
    let version = try reader.byte("a pickle's protocol")
    guard (2...5).contains(version) else {
      throw .unsupported(reader.format, "its pickle is of protocol \(version), not 2 to 5")
    }
  }

  private mutating func pushLong(_ count: Int) throws(WeightFileError) {
    let range = try reader.take(count, "a number")
    guard count <= 8 else {
      stack.append(.longInteger(range))
      return
    }
    var value: Int64 = 0
    let bytes = reader.storage.array(range)
    for (index, byte) in bytes.enumerated() {
      value |= Int64(truncatingIfNeeded: UInt64(byte) << UInt64(8 * index))
    }
    if let last = bytes.last, last & 0x80 != 0, count < 8 {
      value -= 1 << Int64(8 * count)
    }
    stack.append(.int(Int(value)))
  }

  private mutating func pushFloat() throws(WeightFileError) {
    let bits = try reader.integer(UInt64.self, "a number").byteSwapped
    stack.append(.float(Double(bitPattern: bits)))
  }

  /// Reads the length of a string or bytes object, in one, four or eight bytes, and returns the
  /// range of its contents.
  private mutating func counted(_ opcode: UInt8) throws(WeightFileError) -> Range<Int> {
    let what = "a string"
    switch opcode {
    case 0x8C, UInt8(ascii: "U"), UInt8(ascii: "C"):
      return try reader.take(Int(try reader.byte(what)), what)
    case 0x8D, 0x8E, 0x96:
      return try reader.take(try reader.size(what), what)
    default:
      return try reader.take(Int(try reader.integer(UInt32.self, what)), what)
    }
  }

  private mutating func pushGlobal(_ opcode: UInt8) throws(WeightFileError) {
    let name: String
    if opcode == 0x93 {
      let parts = try pop(2)
      name = parts.map { string($0) ?? "?" }.joined(separator: " ")
    } else {
      name = "\(try line()) \(try line())"
    }
    stack.append(.global(name))
  }

  private func string(_ value: PickleValue) -> String? {
    guard case .text(let range) = value, range.count <= 256 else { return nil }
    return String(decoding: reader.storage.array(range), as: UTF8.self)
  }

  /// The text up to the next line feed.
  private mutating func line() throws(WeightFileError) -> String {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.byte("a name in its pickle")
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      guard bytes.count < 256 else { throw damaged("has a name of more than 256 bytes") }
      bytes.append(byte)
    }
  }
}

// MARK: - Nodes

extension PickleMachine {
  private func top() throws(WeightFileError) -> Int {
    guard stack.count > marks.last ?? 0, case .node(let index) = stack.last else {
      throw damaged("adds to what holds nothing")
    }
    return index
  }

  private mutating func append(_ items: [PickleValue]) throws(WeightFileError) {
    let index = try top()
    // An object of a class that is derived from a list, and whose items are not needed.
    if case .call = nodes[index] { return }
    guard case .list(var list) = nodes[index] else { throw damaged("adds to what is no list") }
    // While the node also refers to the list, appending would copy the list.
    nodes[index] = .list([])
    list += items
    nodes[index] = .list(list)
  }

  private mutating func setItems(_ items: [PickleValue]) throws(WeightFileError) {
    let index = try top()
    let added = try pairs(items)
    // An object of a class that is derived from a dictionary, and whose items are not needed.
    if case .call = nodes[index] { return }
    guard case .dictionary(var entries) = nodes[index] else {
      throw damaged("adds to what is no dictionary")
    }
    nodes[index] = .dictionary([])
    entries += added
    nodes[index] = .dictionary(entries)
  }

  private func pairs(
    _ items: [PickleValue]
  ) throws(WeightFileError) -> [(key: PickleValue, value: PickleValue)] {
    guard items.count.isMultiple(of: 2) else { throw damaged("has a key without a value") }
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private mutating func call() throws(WeightFileError) {
    let arguments = try pop()
    push(try result(of: try pop(), arguments))
  }

  /// A call whose keyword arguments are not kept: see `object.__getnewargs_ex__` of Python.
  private mutating func callWithKeywords() throws(WeightFileError) {
    let parts = try pop(3)
    push(try result(of: parts[0], parts[1]))
  }

  /// What follows the name of a function in the name of its result.
  private static let resultSuffix = " result"

  private func result(
    of callee: PickleValue, _ arguments: PickleValue
  ) throws(WeightFileError) -> PickleNode {
    switch callee {
    case .global("collections OrderedDict"), .global("collections defaultdict"):
      return .dictionary([])
    case .global(let name):
      return .call(callee: name, arguments: arguments, state: nil)
    case .node(let index):
      // The callee is the result of a call, such as a method of an object.
      if case .call(let name, _, _) = nodes[index] {
        // The suffix is added once: names of a long chain of calls would take very much memory.
        let callee = name.hasSuffix(Self.resultSuffix) ? name : name + Self.resultSuffix
        return .call(callee: callee, arguments: arguments, state: nil)
      }
      throw damaged("calls what is no function")
    default:
      throw damaged("calls what is no function")
    }
  }

  private mutating func setState() throws(WeightFileError) {
    let state = try pop()
    let index = try top()
    // The state of a dictionary has attributes such as PyTorch's `_metadata`, which are not needed.
    if case .call(let callee, let arguments, _) = nodes[index] {
      nodes[index] = .call(callee: callee, arguments: arguments, state: state)
    }
  }
}
