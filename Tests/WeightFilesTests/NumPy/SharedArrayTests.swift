import Tensors
import Testing
import WeightFiles

/// Pickles that name one array again and again: see ``SharedStorageTests``.
@Suite struct SharedArrayTests {
  private static let side = 1024

  /// How an array's values are written that are no view of the file.
  enum Form: CaseIterable {
    /// In Fortran's order.
    case transposed
    case bigEndian
    /// As text, each byte a character, as Python 3 writes them in protocol 2.
    case text
  }

  /// A dictionary with `names` names for one matrix whose value at `[1, 0]` is 2, and 0 elsewhere.
  private func file(_ form: Form, names: Int) -> Storage {
    func int(_ value: Int) -> [UInt8] { [0x4A] + UInt32(value).littleEndianBytes }
    func string(_ text: String) -> [UInt8] { [0x55, UInt8(text.utf8.count)] + Array(text.utf8) }
    func unicode(_ bytes: [UInt8]) -> [UInt8] {
      [0x58] + UInt32(bytes.count).littleEndianBytes + bytes
    }
    let side = Self.side
    var values = [UInt8](repeating: 0, count: 4 * side * side)
    // 2 is 0x40000000.
    switch form {
    case .transposed: values[4 + 3] = 0x40
    case .bigEndian: values[4 * side] = 0x40
    case .text: values[4 * side + 3] = 0x40
    }
    var header = Array("{'descr': '|O', 'fortran_order': False, 'shape': (), }".utf8)
    header += [UInt8](repeating: 0x20, count: 117 - header.count) + [0x0A]
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + header
    bytes += [0x80, 2] + Array("}(".utf8)
    for index in 0..<names {
      bytes += unicode(Array("layer\(index)".utf8))
      guard index == 0 else {
        bytes += [0x68, 0]
        continue
      }
      bytes += Array("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n".utf8)
      bytes += int(0) + [0x85] + string("b") + Array("tR(".utf8)
      bytes += int(1) + int(side) + int(side) + [0x86]
      bytes += Array("cnumpy\ndtype\n(".utf8) + string("f4") + int(0) + int(1) + Array("tR(".utf8)
      bytes += int(3) + string(form == .bigEndian ? ">" : "<") + Array("NNN".utf8) + int(0)
      bytes += int(0) + int(0) + Array("tb".utf8) + [form == .transposed ? 0x88 : 0x89]
      if form == .text {
        bytes += Array("c_codecs\nencode\n(".utf8) + unicode(values)
        bytes += unicode(Array("latin1".utf8)) + Array("tR".utf8)
      } else {
        bytes += [0x54] + UInt32(values.count).littleEndianBytes + values
      }
      bytes += Array("tbq\0".utf8)
    }
    return Storage(copying: (bytes + Array("u.".utf8)).span)
  }

  @Test("two names of an array are both read", arguments: Form.allCases)
  func values(form: Form) throws {
    let file = try NumPy.read(file(form, names: 2))
    #expect(file.weights.tensors.map(\.name) == ["layer0", "layer1"])
    for named in file.weights.tensors {
      let floats = try named.tensor.floats()
      #expect(floats[Self.side] == 2 && floats.reduce(0, +) == 2)
    }
  }

  @Test(
    "a thousand names of an array take no memory before somebody reads them",
    arguments: Form.allCases)
  func memory(form: Form) throws {
    let storage = file(form, names: 1000)
    let before = Memory.peak
    let file = try NumPy.read(storage)
    #expect(file.weights.tensors.count == 1000)
    let error = #expect(throws: WeightFileError.self) { try file.resolved() }
    #expect("\(error, default: "")".count < 10_000, "the message does not list every name")
    // Each copy would have 4 MB: 4 GB together.
    #expect(Memory.peak - before < 1 << 30)
  }

  @Test("more names than any network has tensors are refused")
  func manyNames() {
    let error = #expect(throws: WeightFileError.self) {
      try NumPy.read(file(.transposed, names: 10_000))
    }
    #expect("\(error, default: "")".contains("tensors"))
  }
}
