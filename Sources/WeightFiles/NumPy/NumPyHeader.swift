/// The header of a `.npy` file: a Python dictionary as text, such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (96, 3, 11, 11), }`.
struct NumPyHeader {
  /// Nil for an array of Python objects, which are stored as a pickle after the header.
  let type: NumPyType?
  let isFortran: Bool
  let shape: [Int]

  private static let maxLength = 10_000

  /// Reads the header. Afterwards, `reader` is at the first byte of the values.
  init(_ reader: inout ByteReader) throws(WeightFileError) {
    let what = "the header of an array"
    guard try reader.bytes(6, what) == [0x93] + Array("NUMPY".utf8) else {
      throw .damaged(.numpy, "an array does not begin with NumPy's magic number")
    }
    let major = try reader.byte(what)
    _ = try reader.byte(what)
    guard (1...3).contains(major) else {
      throw .unsupported(.numpy, "an array is of version \(major), not 1 to 3")
    }
    let length =
      major == 1
      ? Int(try reader.integer(UInt16.self, what)) : Int(try reader.integer(UInt32.self, what))
    guard length <= Self.maxLength else {
      throw .damaged(.numpy, "the header of an array claims \(length) bytes")
    }
    let text = try reader.bytes(length, what)
    var fields = PythonLiteral(text)
    guard let entries = fields.dictionary(),
      case .string(let descr) = entries["descr"],
      case .bool(let isFortran) = entries["fortran_order"],
      case .tuple(let shape) = entries["shape"]
    else {
      throw .damaged(.numpy, "the header of an array has no type, order or shape")
    }
    type = NumPyType(descr)
    guard type != nil || descr.drop(while: { "<>|=".contains($0) }) == "O" else {
      throw .unsupported(.numpy, "an array has values of type \(descr)")
    }
    self.isFortran = isFortran
    self.shape = shape
  }
}

/// Parses the Python literals that occur in headers: a dictionary whose values are strings,
/// booleans and tuples of whole numbers.
private struct PythonLiteral {
  enum Value {
    case string(String)
    case bool(Bool)
    case tuple([Int])
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func dictionary() -> [String: Value]? {
    guard skip("{") else { return nil }
    var entries: [String: Value] = [:]
    while !skip("}") {
      guard let key = string(), skip(":"), let value = value() else { return nil }
      entries[key] = value
      guard skip(",") || peek() == UInt8(ascii: "}") else { return nil }
    }
    return entries
  }

  private mutating func value() -> Value? {
    if let text = string() { return .string(text) }
    if skip("True") { return .bool(true) }
    if skip("False") { return .bool(false) }
    guard skip("(") else { return nil }
    var numbers: [Int] = []
    while !skip(")") {
      guard numbers.count < TensorLimits.dimensions, let number = number() else { return nil }
      numbers.append(number)
      guard skip(",") || peek() == UInt8(ascii: ")") else { return nil }
    }
    return .tuple(numbers)
  }

  private mutating func string() -> String? {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      return nil
    }
    guard let end = bytes[(position + 1)...].firstIndex(of: quote) else { return nil }
    defer { position = end + 1 }
    return String(decoding: bytes[position + 1..<end], as: UTF8.self)
  }

  /// The next whole number. Python 2 wrote an `L` after some numbers.
  private mutating func number() -> Int? {
    _ = peek()
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
    position += digits.count
    _ = skip("L")
    return number
  }

  /// Skips white space and returns the byte after it, without skipping that byte.
  private mutating func peek() -> UInt8? {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    return position < bytes.count ? bytes[position] : nil
  }

  private mutating func skip(_ text: String) -> Bool {
    _ = peek()
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }
}
