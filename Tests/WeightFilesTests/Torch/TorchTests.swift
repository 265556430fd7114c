import Tensors
import Testing
import WeightFiles

@Suite struct TorchTests {
  @Test(
    "state_dicts of every floating-point type, zip and legacy format",
    arguments: [
      ("state_dict.pth", ElementType.float32), ("half.pth", .float16), ("bfloat16.pth", .bfloat16),
      ("double.pth", .float64), ("legacy.pth", .float32), ("legacy-3.pth", .float32),
      ("legacy-4.pth", .float32), ("legacy-5.pth", .float32),
    ])
  func tensors(name: String, type: ElementType) throws {
    let storage = try Fixtures.storage("Torch/\(name)")
    let file = try Torch.read(storage)
    try expectTiny(file.weights, type: type)
    #expect(file.weights.tensors.allSatisfy { $0.tensor.storage === storage }, "views, not copies")
    #expect(try WeightFileFormat.detect(storage) == .torch)
  }

  @Test("a checkpoint's state_dict is found, and DataParallel's prefix left out")
  func checkpoint() throws {
    let file = try Torch.read(try Fixtures.storage("Torch/checkpoint.pth"))
    try expectTiny(file.weights, prefix: "module.")
  }

  @Test(
    "objects beside the weights are skipped, and the number of averages is left out",
    arguments: ["bookkeeping-2.pth", "bookkeeping-5.pth"])
  func bookkeeping(name: String) throws {
    let file = try Torch.read(try Fixtures.storage("Torch/\(name)"))
    #expect(file.weights["n_averaged"]?.shape.dimensions == [])
    let resolved = try file.resolved(against: [Fixtures.architecture])
    try expectTiny(resolved.weights)
    #expect(resolved.ignored == ["n_averaged"])
  }

  @Test("a layer that is not among the tensors is missing, whatever else there is")
  func missingLayer() throws {
    var file = try Torch.read(try Fixtures.storage("Torch/bookkeeping-2.pth"))
    file.weights.tensors.removeAll { $0.name == "module.fc3.bias" }
    let error = #expect(throws: WeightFileError.self) {
      try file.resolved(against: [Fixtures.architecture])
    }
    #expect("\(error, default: "")".contains("fc3.bias: missing"))
  }

  @Test("a TorchScript program is called by its name, and how to save its weights is said")
  func script() throws {
    let storage = try Fixtures.storage("Torch/script.pt")
    let error = #expect(throws: WeightFileError.self) { try ModelFile.read(storage) }
    let text = "\(error, default: "")"
    #expect(text.contains("TorchScript") && text.contains("state_dict()"))
    #expect(!text.contains("compressed"))
  }

  @Test("tensors whose strides are exchanged or that start within a storage")
  func strided() throws {
    let file = try Torch.read(try Fixtures.storage("Torch/strided.pth"))
    try expectTiny(file.weights)
  }

  @Test("functions that are not allowed are named and never called")
  func calls() throws {
    let error = #expect(throws: WeightFileError.self) {
      try Torch.read(try Fixtures.storage("Torch/calls-system.pth"))
    }
    #expect("\(error, default: "")".contains("posix.system"))
    let whole = #expect(throws: WeightFileError.self) {
      try Torch.read(try Fixtures.storage("Torch/whole-model.pth"))
    }
    #expect("\(whole, default: "")".contains("torch.nn.modules.container.Sequential"))
    #expect("\(whole, default: "")".contains("state_dict"))
  }

  @Test("a million values made of one stored value are refused")
  func expanded() throws {
    #expect(throws: WeightFileError.self) {
      try Torch.read(try Fixtures.storage("Torch/expanded.pth"))
    }
  }

  /// Pickles, a scalar a byte: a list in a list, a hundred thousand deep; one that holds itself;
  /// operations without what they need; strings longer than the file; unknown protocol, long
  /// number, operation and global; more operations than any file needs.
  private static let badPickles: [String] = [
    String(repeating: "]", count: 100_000) + String(repeating: "a", count: 99_999) + ".",
    "]q\0h\0a.", "R.", "h\u{7}.", "t.", "(K\u{1}u.", "}(K\u{1}u.", "}K\u{1}a.", "0.", "(.",
    "X\u{FF}\u{FF}\u{FF}\u{FF}", "\u{8D}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}",
    "\u{8D}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{7F}", "\u{80}\u{9}", "\u{8A}\u{FF}",
    "i__main__\nx\n.", "cos\nsystem\n.", "cos\nsystem\n(Vecho\ntR.", "cos\nsystem\n)R)R.",
    "K\u{1})R.",
    "](K\u{1}K\u{2}\u{90}.", "2.", "1.", "\u{8B}\u{FF}\u{FF}\u{FF}\u{FF}",
    "\u{96}\0\0\0\0\0\0\0\u{80}", String(repeating: "N", count: 600_000) + ".",
  ]

  @Test("pickles that nest, call or recall what is not there end in an error")
  func badPickles() {
    for pickle in Self.badPickles { expectRefused(pickle.unicodeScalars.map { UInt8($0.value) }) }
  }

  private func expectRefused(_ object: [UInt8]) {
    // Magic number and version, then the object of a legacy file, and no storages.
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    let start: [UInt8] = magic + [0x80, 2, UInt8(ascii: "M"), 0xE9, 3, 0x2E] + Array("}.".utf8)
    let bytes = start + object + Array("].".utf8)
    #expect(throws: WeightFileError.self) { try Torch.read(Storage(copying: bytes.span)) }
  }

  @Test(
    "a file cut anywhere is refused", arguments: ["state_dict.pth", "legacy.pth", "legacy-4.pth"])
  func truncated(name: String) throws {
    try expectTruncationsRefused("Torch/\(name)", read: Torch.read)
  }

  @Test(
    "changed bytes crash nothing",
    arguments: [
      "state_dict.pth", "legacy.pth", "legacy-4.pth", "strided.pth", "checkpoint.pth",
      "bookkeeping-2.pth", "bookkeeping-5.pth", "script.pt",
    ])
  func mutated(name: String) throws {
    try expectMutationsSurvived("Torch/\(name)", read: Torch.read)
  }
}
