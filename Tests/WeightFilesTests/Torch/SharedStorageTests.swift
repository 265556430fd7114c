import Tensors
import Testing
import WeightFiles

/// Files that name the same bytes again and again: what is noted of them must grow with the file,
/// not with what its names would be if each were copied.
@Suite struct SharedStorageTests {
  private static let side = 1024

  /// A legacy file whose state_dict has `names` names for one transposed matrix.
  private func file(names: Int) -> Storage {
    func text(_ string: String) -> [UInt8] {
      [0x58] + UInt32(string.utf8.count).littleEndianBytes + Array(string.utf8)
    }
    func int(_ value: Int) -> [UInt8] { [0x4A] + UInt32(value).littleEndianBytes }
    let side = Self.side
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    var bytes: [UInt8] = magic + [0x80, 2] + int(1001) + [0x2E] + Array("}.".utf8)
    // {name: _rebuild_tensor_v2(("storage", FloatStorage, "0", "cpu", count), 0, sizes, strides)}
    bytes += Array("}(".utf8)
    for index in 0..<names {
      bytes += text("layer\(index).weight")
      guard index == 0 else {
        bytes += [0x68, 0]
        continue
      }
      bytes += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8) + text("storage")
      bytes += Array("ctorch\nFloatStorage\n".utf8) + text("0") + text("cpu")
      bytes += int(side * side) + Array("tQ".utf8) + int(0)
      bytes += int(side) + int(side) + [0x86] + int(1) + int(side) + [0x86]
      bytes += Array("tRq\0".utf8)
    }
    bytes += Array("u.](".utf8) + text("0") + Array("e.".utf8)
    bytes += UInt32(side * side).littleEndianBytes + [0, 0, 0, 0]
    for index in 0..<side * side { bytes += Float(index).bitPattern.littleEndianBytes }
    return Storage(copying: bytes.span)
  }

  @Test("two names of a transposed matrix are both read, transposed")
  func values() throws {
    let file = try Torch.read(file(names: 2))
    #expect(file.weights.tensors.map(\.name) == ["layer0.weight", "layer1.weight"])
    for named in file.weights.tensors {
      let floats = try named.tensor.floats()
      #expect(floats[1] == Float(Self.side) && floats[Self.side] == 1)
    }
  }

  @Test("a thousand names of a transposed matrix take no memory before somebody reads them")
  func memory() throws {
    let storage = file(names: 1000)
    let before = Memory.peak
    let file = try Torch.read(storage)
    #expect(file.weights.tensors.count == 1000)
    let error = #expect(throws: WeightFileError.self) { try file.resolved() }
    #expect("\(error, default: "")".count < 10_000, "the message does not list every name")
    // Each transposed copy would have 4 MB: 4 GB together.
    #expect(Memory.peak - before < 1 << 30)
  }

  @Test("more names than any network has tensors are refused")
  func manyNames() {
    let error = #expect(throws: WeightFileError.self) { try Torch.read(file(names: 10_000)) }
    #expect("\(error, default: "")".contains("tensors"))
  }

  @Test("zip entries that share bytes are refused")
  func overlappingEntries() throws {
    var bytes = try Fixtures.bytes("NumPy/turned.npz")
    // Each entry of a ZIP file's central directory begins with the bytes P, K, 1 and 2. 42 bytes
    // after that beginning is the position of the member's own header in the file.
    let entries = bytes.indices.dropLast(46).filter { index in
      bytes[index..<index + 4].elementsEqual([0x50, 0x4B, 1, 2])
    }
    let (first, second) = (entries[0], entries[1])
    for index in 0..<4 { bytes[second + 42 + index] = bytes[first + 42 + index] }
    for index in 20..<28 { bytes[second + index] = bytes[first + index] }
    let error = #expect(throws: WeightFileError.self) {
      try NumPy.read(Storage(copying: bytes.span))
    }
    #expect("\(error, default: "")".contains("overlaps"))
  }
}
