import Tensors
import Testing
import WeightFiles

@Suite struct NumPyTests {
  @Test(
    "a pickled dictionary of layers is turned to our layout, as every Python wrote it",
    arguments: ["dictionary", "keyed", "python2", "python3-protocol2"])
  func dictionary(name: String) throws {
    let file = try NumPy.read(try Fixtures.storage("NumPy/\(name).npy"))
    try expectTiny(file)
    #expect(file.description.variantHint == "bvlc_alexnet")
    #expect(file.description.layout == .outputsLast)
  }

  @Test("an archive in our layout is views of the file; in TensorFlow's it is turned")
  func archives() throws {
    let storage = try Fixtures.storage("NumPy/canonical.npz")
    let file = try NumPy.read(storage)
    try expectTiny(file)
    #expect(file.weights.tensors.allSatisfy { $0.tensor.storage === storage })
    #expect(file.description.variantHint == nil && file.description.layout == .outputsFirst)
    try expectTiny(try NumPy.read(try Fixtures.storage("NumPy/turned.npz")))
  }

  @Test("numbers and objects beside the layers of a dictionary are skipped")
  func notes() throws {
    try expectTiny(try NumPy.read(try Fixtures.storage("NumPy/notes.npy")))
  }

  @Test("Fortran's order, big-endian and half-precision values")
  func mixed() throws {
    let file = try NumPy.read(try Fixtures.storage("NumPy/mixed.npz"))
    try expectTiny(file, type: nil)
    #expect(try file.weights(as: Fixtures.architecture)["fc4.weight"]?.elementType == .float16)
  }

  @Test(
    "compressed archives, single arrays and functions are refused",
    arguments: [
      ("compressed.npz", "compressed"), ("system.npy", "posix.system"),
    ])
  func refused(name: String, word: String) throws {
    let storage = try Fixtures.storage("NumPy/\(name)")
    let error = #expect(throws: WeightFileError.self) { try NumPy.read(storage) }
    #expect("\(error, default: "")".contains(word))
  }

  @Test("a matrix that is written is read as it was, and its header is of one length")
  func matrix() throws {
    let values: [Float] = [1, -2, .nan, 0.1, .infinity, .leastNonzeroMagnitude]
    let bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    let header = NumPy.matrixHeader(rows: 2, columns: 3)
    let array = try NumPy.array(Storage(copying: (header + bytes).span))
    #expect(array.shape.dimensions == [2, 3] && array.elementType == .float32)
    #expect(try array.floats().map(\.bitPattern) == values.map(\.bitPattern))
    for rows in [0, 1, 1_000_000, .max] {
      let header = NumPy.matrixHeader(rows: rows, columns: .max)
      #expect(header.count == NumPy.matrixHeaderLength && header.last == UInt8(ascii: "\n"))
    }
    let empty = NumPy.matrixHeader(rows: 0, columns: 4096)
    #expect(try NumPy.array(Storage(copying: empty.span)).shape.dimensions == [0, 4096])
    #expect(throws: WeightFileError.self) {
      try NumPy.array(Storage(copying: (header + bytes.dropLast()).span))
    }
    #expect(throws: WeightFileError.self) {
      try NumPy.array(try Fixtures.storage("NumPy/dictionary.npy"))
    }
  }

  @Test(
    "headers that lie are refused",
    arguments: [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
      "{'descr': '|O', 'fortran_order': False, 'shape': (), }",
      "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
      "{'descr': '<f4', 'shape': (1,), }", "{'descr': '<f4", "{", "", "((((((",
    ])
  func headers(text: String) {
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    #expect(throws: WeightFileError.self) { try NumPy.read(Storage(copying: bytes.span)) }
  }

  @Test(
    "a file cut anywhere is refused",
    arguments: ["dictionary.npy", "python2.npy", "python3-protocol2.npy", "canonical.npz"])
  func truncated(name: String) throws {
    try expectTruncationsRefused("NumPy/\(name)", read: NumPy.read)
  }

  @Test(
    "changed bytes crash nothing",
    arguments: [
      "dictionary.npy", "keyed.npy", "python2.npy", "python3-protocol2.npy", "canonical.npz",
      "turned.npz", "mixed.npz",
    ])
  func mutated(name: String) throws {
    try expectMutationsSurvived("NumPy/\(name)", rounds: 1500, read: NumPy.read)
  }
}
