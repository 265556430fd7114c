import Architecture
import ModelLibrary
import Network
import Preprocessing
import System
import TemporaryFolder
import Tensors
import Testing
import WeightFiles

@Suite struct ManageTests {
  private let folder: TemporaryFolder
  private let library: ModelLibrary
  private let file: RawPath
  /// The same as ``file``.
  private let sound: RawPath

  init() throws {
    folder = try TemporaryFolder()
    library = ModelLibrary(settings: LibrarySettings(home: folder.path.appending("home")))
    file = folder.path.appending("My weights.safetensors")
    sound = folder.path.appending("sound.safetensors")
    let bytes = Safetensors.bytes(
      of: try emptyWeights(Architecture.alexnet.withClasses(2), metadata: ["variant": "alexnet"]))
    for path in [file, sound] { try folder.write(bytes, to: path) }
  }

  private let labels = [
    ClassLabel(wnid: nil, label: "cat"), ClassLabel(wnid: "n02084071", label: "dog"),
  ]

  @Test("an imported model carries all that was said about it")
  func importing() throws {
    let options = ImportOptions(labels: labels, preprocessing: .caffe)
    let model = try library.importModel(file, name: "pets", options: options)
    #expect(model.name == "pets")
    #expect(model.classCount == 2)
    let opened = try library.open("pets")
    #expect(opened.name == "pets")
    #expect(opened.labels == labels)
    #expect(opened.preprocessing == .caffe)
    #expect(try library.path(of: "pets") == model.path)
    #expect(throws: ModelError.alreadyInstalled("pets")) {
      try library.importModel(file, name: "pets", options: options)
    }
  }

  @Test("names that would be trouble are refused")
  func names() throws {
    for name in ["starter", "", "../x", "a b", ".hidden", "-x", String(repeating: "a", count: 65)] {
      #expect(throws: ModelError.badName(name)) {
        try library.importModel(file, name: name, options: ImportOptions(labels: labels))
      }
    }
    // The file's own name has a space in it.
    #expect(throws: ModelError.badName("My weights")) {
      try library.importModel(file, options: ImportOptions(labels: labels))
    }
  }

  @Test(
    "an accuracy that is no share of images does not count",
    arguments: [
      (#"{"top1": 57.1, "top5": 0.8}"#, nil, nil), (#"{"top1": -0.1}"#, nil, nil),
      (#"{"top1": true}"#, nil, nil), (#"{"top1": 0.5, "top5": 80}"#, 0.5, nil),
      (#"{"top1": 0.5, "top5": 0.8}"#, 0.5, 0.8),
    ])
  func impossibleAccuracy(figures: String, top1: Double?, top5: Double?) throws {
    let metadata = ["variant": "alexnet", "accuracy": #"{"photos": \#(figures)}"#]
    let bytes = Safetensors.bytes(
      of: try emptyWeights(Architecture.alexnet.withClasses(2), metadata: metadata))
    try folder.write(bytes, to: file)
    let model = try library.importModel(
      file, name: "pets", options: ImportOptions(labels: labels))
    #expect(model.accuracy?.top1 == top1 && model.accuracy?.top5 == top5)
  }

  @Test("a model of unknown accuracy is the default only when it was set")
  func defaults() throws {
    #expect(library.defaultModel == "starter")
    for name in ["first", "second"] {
      _ = try library.importModel(file, name: name, options: ImportOptions(labels: labels))
    }
    #expect(library.defaultModel == "starter")
    #expect(try library.open().isBuiltIn)
    try library.setDefault("second")
    #expect(library.defaultModel == "second")
    #expect(try library.open().name == "second")
    try library.setDefault("starter")
    #expect(try library.open().isBuiltIn)
    try library.setDefault("first")
    try library.unsetDefault()
    #expect(library.defaultModel == "starter")
    try library.setDefault("second")
    try library.remove("second")
    #expect(library.defaultModel == "starter")
    #expect(throws: ModelError.self) { try library.setDefault("second") }
    #expect(throws: ModelError.notInstalled("caffenet")) { try library.setDefault("caffenet") }
    var settings = library.settings
    settings.model = file
    #expect(throws: ModelError.self) { try ModelLibrary(settings: settings).open() }
  }

  @Test("a changed byte is found")
  func verifying() throws {
    let model = try library.importModel(
      file, name: "pets", options: ImportOptions(labels: labels))
    #expect(try library.verify("pets") == model)
    var bytes = try readFile(model.path, limit: 1 << 30)
    bytes[bytes.count - 1] ^= 1
    try folder.write(bytes, to: model.path)
    let error = #expect(throws: ModelError.self) { try library.verify("pets") }
    guard case .wrongDigest = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    try library.remove("pets")
    #expect(library.installedModels().isEmpty)
  }

  @Test("weights that are NaN are found by importing and verifying")
  func notFinite() throws {
    var weights = try emptyWeights(
      Architecture.alexnet.withClasses(2), metadata: ["variant": "alexnet"])
    let index = try #require(weights.tensors.firstIndex { $0.name == "fc7.bias" })
    var bias = [Float](repeating: 0, count: 4096)
    bias[9] = .nan
    weights.tensors[index] = NamedTensor(
      name: "fc7.bias", tensor: try Tensor(bias, shape: [4096]))
    func expectNotFinite(_ body: () throws -> Void) {
      let error = #expect(throws: ModelError.self, performing: body)
      guard case .notFinite(_, ["fc7.bias: 1 of 4096 values"]) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    let options = ImportOptions(labels: labels)
    // Also in a file that says that it was checked before.
    for digest in [nil, "0"] {
      weights.metadata["dataDigest"] = digest
      try folder.write(Safetensors.bytes(of: weights), to: file)
      expectNotFinite { _ = try library.importModel(file, name: "pets", options: options) }
      #expect(library.installedModels().isEmpty)
    }
    // A file that came into the library otherwise, with the right digest.
    _ = try library.importModel(sound, name: "pets", options: options)
    let path = try library.path(of: "pets")
    weights.metadata["labels"] = #"["cat", "dog"]"#
    let start = try #require(
      Safetensors.dataStart(in: Storage(copying: Safetensors.bytes(of: weights).span)))
    var digest = DigestBuilder(.sha256)
    let values = Array(Safetensors.bytes(of: weights)[start...])
    digest.update(values.span)
    weights.metadata["dataDigest"] = digest.digest.hexadecimal
    try folder.write(Safetensors.bytes(of: weights), to: path)
    expectNotFinite { _ = try library.verify("pets") }
  }

  @Test("what makes no sense for the starter is said so")
  func starter() {
    for action in [library.verify, library.path] as [(String) throws -> Any] {
      #expect(throws: ModelError.builtIn("starter")) { try action("starter") }
    }
    #expect(throws: ModelError.builtIn("starter")) { try library.remove("starter") }
    #expect(throws: ModelError.builtIn("starter")) { try library.pull("starter") }
  }

  @Test("label files are read in all the forms that people have them in")
  func labelFiles() throws {
    let path = folder.path.appending("labels.txt")
    let text = "n02123159 tiger, tiger cat\r\nn02124075,cat\nn02123045\n plain name \nn12 x\n\n"
    try folder.write(Array(text.utf8), to: path)
    #expect(
      try LabelFile.read(path) == [
        ClassLabel(wnid: "n02123159", label: "tiger, tiger cat"),
        ClassLabel(wnid: "n02124075", label: "cat"),
        ClassLabel(wnid: "n02123045", label: "tabby"),
        ClassLabel(wnid: nil, label: "plain name"),
        ClassLabel(wnid: nil, label: "n12 x"),
      ])
    let pets = [ClassLabel(wnid: nil, label: "cat"), ClassLabel(wnid: nil, label: "dog 2")]
    for text in [
      "\u{FEFF}cat\r\ndog 2\r\n", "0 cat\n1 dog 2\n", "1: cat\n2: dog 2", "[\"cat\", \"dog 2\"]",
      "{\"1\": \"dog 2\", \"0\": \"cat\"}",
    ] {
      try folder.write(Array(text.utf8), to: path)
      #expect(try LabelFile.read(path) == pets, "\(text.debugDescription)")
    }
    let keras = "{\"0\": [\"n02123045\", \"tabby\"], \"1\": [\"n02123159\", \"tiger_cat\"]}"
    try folder.write(Array(keras.utf8), to: path)
    #expect(try LabelFile.read(path).map(\.wnid) == ["n02123045", "n02123159"])
    for (text, reason) in [
      ("cat\n\ndog\n", "line 2 is blank"), ("[1]", "1 names no class"),
      ("{\"0\": \"cat\", \"2\": \"dog\"}", "there is '2'"), ("[]", "it is empty"),
    ] {
      try folder.write(Array(text.utf8), to: path)
      let error = #expect(throws: ModelError.self) { try LabelFile.read(path) }
      #expect("\(error, default: "")".contains(reason))
    }
    try folder.write([0xFF, 0xFE, 0x63, 0], to: path)
    let wide = #expect(throws: ModelError.self) { try LabelFile.read(path) }
    #expect("\(wide, default: "")".contains(": it is UTF-16 text; "))
    try folder.write([], to: path)
    #expect(throws: ModelError.self) { try LabelFile.read(path) }
    try folder.write([0xFF], to: path)
    #expect(throws: ModelError.self) { try LabelFile.read(path) }
  }
}
