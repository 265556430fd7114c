import Kernels

/// Values with a name, which are copied when they are asked for: in parts where they are written to
/// a file.
struct NamedValues {
  let name: String
  let count: Int
  /// A copy of a part.
  let values: (Range<Int>) -> [Float]

  init(_ name: String, _ values: [Float]) {
    self.name = name
    count = values.count
    self.values = { Array(values[$0]) }
  }

  init(_ name: String, _ buffer: FloatBuffer) {
    self.name = name
    count = buffer.count
    values = { buffer.values($0) }
  }

  var allValues: [Float] { values(0..<count) }
}

extension [NamedValues] {
  /// Copies of all values, by name.
  var allValues: [String: [Float]] {
    reduce(into: [:]) { result, named in result[named.name] = named.allValues }
  }
}
