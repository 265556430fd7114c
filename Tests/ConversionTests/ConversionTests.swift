import Architecture
import Classification
import Conversion
import Foundation
import Images
import JSON
import Kernels
import ModelLibrary
import Network
import Preprocessing
import System
import TemporaryFolder
import Tensors
import Testing
import WeightFiles

/// Compact and 8-bit files of a network for pictures of 67 pixels, which has small weights.
@Suite struct ConversionTests {
  private let folder: TemporaryFolder
  private let library: ModelLibrary
  private let file: RawPath

  private static let preprocessing =
    #"{"steps": [{"op": "squash", "width": 67, "height": 67, "antialias": true}], "#
    + #""channels": "RGB", "mean": [124, 117, 104], "scale": 0.015625}"#

  init() throws {
    folder = try TemporaryFolder()
    library = ModelLibrary(settings: LibrarySettings(home: folder.path.appending("home")))
    file = folder.path.appending("full.safetensors")
  }

  private let labels = ["cat", "coffee", "rocket"].map { ClassLabel(wnid: nil, label: $0) }

  /// - Parameter pruned: whether four of five weights of fc7 are 0.
  private func write(pruned: Bool = false) throws {
    var architecture = Architecture.alexnet.withClasses(3)
    architecture.inputSize = 67
    var weights = try denseWeights(
      architecture,
      metadata: [
        "variant": "alexnet", "inputSize": "67", "accuracy": #"{"x": {"top1": 0.5}}"#,
        "dataDigest": "of other data",
      ])
    if pruned {
      let index = try #require(weights.tensors.firstIndex { $0.name == "fc7.weight" })
      var values = try weights.tensors[index].tensor.floats()
      for index in values.indices where index % 5 != 0 { values[index] = 0 }
      weights.tensors[index] = NamedTensor(
        name: "fc7.weight", tensor: try Tensor(values, shape: [4096, 4096]))
    }
    try folder.write(Safetensors.bytes(of: weights), to: file)
  }

  private var options: ImportOptions {
    ImportOptions(labels: labels, metadata: ["preprocessing": Self.preprocessing])
  }

  private func source() throws -> ModelSource { try library.source(file, options: options) }

  private func read(_ path: RawPath) throws -> WeightFile {
    let bytes = try readFile(path, limit: 1 << 30)
    return try Safetensors.read(Storage(copying: bytes.span))
  }

  private var photos: RawPath {
    RawPath(
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/photos").path)
  }

  /// What `alexnet model quantize` does, and the records of the images that failed.
  private func quantized(
    _ source: ModelSource, on folder: RawPath, atMost limit: Int = 500,
    _ options: ClassifierOptions = ClassifierOptions(), stop: StopFlag = StopFlag()
  ) throws -> (model: QuantizedModel, summary: RunSummary, failed: [Record]) {
    let calibration = try ActivationCalibration(source)
    var failed: [Record] = []
    let summary = calibration.classifier(options).run(
      try InputSource(calibratingOn: folder, atMost: limit), stop: stop
    ) { record in
      if case .failed = record.outcome { failed.append(record) }
      return .proceed
    }
    return (try calibration.quantized(), summary, failed)
  }

  /// What lies in the library, unfinished files too.
  private var installedFiles: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(
        atPath: folder.path.appending("home").appending("models").repaired)
    }
  }

  @Test("layers keep the usual shares, what was asked for, or what pruning in training left")
  func pruning() throws {
    try write(pruned: true)
    let compressed = try source().compressed(keep: ["fc8": 0.5])
    #expect(compressed.layers.map(\.name) == ["fc6", "fc7", "fc8"])
    #expect(compressed.layers.map(\.weights) == [4096 * 256, 4096 * 4096, 3 * 4096])
    // 9 % of all, a fifth as before, a half.
    #expect(compressed.layers.map(\.nonZerosAfter) == [94_372, 3_355_444, 6144])
    #expect(compressed.layers.map(\.isPrunedFurther) == [true, false, true])

    let output = folder.path.appending("small.safetensors")
    let size = try library.newFile(at: output).write(compressed.converted)
    let bytes = try readFile(output, limit: 1 << 30)
    #expect(bytes.count == size)
    let matrices = try read(output).matrices()
    let matrix = try #require(matrices["fc6.weight"])
    #expect(matrix.floats().count { $0 != 0 } == 94_372)
  }

  @Test("the result opens by its path alone, and says nothing that is true of the old weights only")
  func metadata() throws {
    try write()
    let source = try source()
    #expect(!source.model.assumesPreprocessing)
    let output = folder.path.appending("small.safetensors")
    _ = try library.newFile(at: output).write(source.compressed().converted)
    let model = try library.open(path: output)
    #expect(model.labels == labels)
    #expect(model.preprocessing == source.model.preprocessing)
    #expect(!model.assumesPreprocessing)
    #expect(model.parameters.architecture == source.model.parameters.architecture)
    #expect(model.metadata["accuracy"] == nil && model.metadata["dataDigest"] == nil)
    let origin = try JSONValue.parse(try #require(model.metadata["source"]))
    #expect(origin["file"]?.string == "full.safetensors" && origin["sha256"] != nil)

    let unpruned = try source.compressed(keep: ["fc6": 1, "fc7": 1, "fc8": 1])
    #expect(unpruned.converted.model.metadata["accuracy"] != nil)
    #expect(unpruned.layers.allSatisfy { $0.nonZerosAfter == $0.weights })
  }

  @Test("an installed model is taken by its name, and the result installed under another")
  func installed() throws {
    try write()
    _ = try library.importModel(file, name: "pets", options: options)
    let compressed = try library.source("pets").compressed()
    _ = try library.newModel(named: "small").write(compressed.converted)
    #expect(try library.verify("small").metadata["name"] == "small")
    #expect(try library.open("small").labels == labels)
    #expect(throws: ModelError.alreadyInstalled("small")) { try library.newModel(named: "small") }
    #expect(throws: ModelError.badName("a/b")) { try library.newModel(named: "a/b") }
  }

  @Test("8 bits are calibrated, run, and say so; a compact model can have them, too")
  func quantizing() throws {
    try write()
    let quantized = try quantized(source(), on: photos).model
    #expect(quantized.images == 3)
    #expect(try quantized.converted.model.in8Bits().labels == labels)
    let path = folder.path.appending("int8.safetensors")
    _ = try library.newFile(at: path).write(quantized.converted)
    let eightBits = try library.source(path)
    let points = try #require(try eightBits.model.calibration()).points
    #expect(points.keys.sorted() == ["conv2", "conv3", "conv4", "conv5"])
    #expect(points["conv3"]?.means.count == 256 && points["conv3"]?.ranges.count == 16 * 256)
    #expect(points["conv3"]?.ranges.contains { $0 > 0 } == true)
    #expect(throws: ModelError.alreadyQuantized(file: path.repaired)) {
      try ActivationCalibration(eightBits)
    }
    #expect(throws: ModelError.alreadyQuantized(file: path.repaired)) {
      try eightBits.compressed()
    }

    let compact = folder.path.appending("compact.safetensors")
    _ = try library.newFile(at: compact).write(try source().compressed().converted)
    #expect(throws: ModelError.alreadyCompact(file: compact.repaired)) {
      try library.source(compact).compressed()
    }
    let both = try self.quantized(library.source(compact), on: photos).model
    #expect(try both.converted.model.calibration() != nil)
  }

  @Test("a calibration has the same ranges however many threads measure them")
  func threads() throws {
    try write()
    var files: [WeightFile] = []
    for threads in [1, 3] {
      var options = ClassifierOptions()
      options.threads = threads
      let path = folder.path.appending("int8-\(threads).safetensors")
      _ = try library.newFile(at: path).write(
        quantized(source(), on: photos, options).model.converted)
      files.append(try read(path))
    }
    #expect(files[0].metadata["activations"] != nil)
    #expect(files[0].metadata == files[1].metadata)
  }

  @Test("an image that cannot be decoded is reported and not measured; decoding options count")
  func failures() throws {
    try write()
    let data = folder.path.appending("data")
    try makeFolder(data)
    let cat = try readFile(photos.appending("cat.jpg"), limit: 1 << 30)
    try folder.write(cat, to: data.appending("a.jpg"))
    try folder.write(Array(cat.prefix(15_000)), to: data.appending("b.jpg"))
    try folder.write(Array("text".utf8), to: data.appending("c.jpg"))

    let strict = try quantized(source(), on: data)
    #expect(strict.model.images == 1 && strict.summary.answered == 1)
    #expect(strict.failed.map(\.path) == [data.appending("b.jpg"), data.appending("c.jpg")])

    var options = ClassifierOptions()
    options.decode.allowDamaged = true
    let lenient = try quantized(source(), on: data, options)
    #expect(lenient.model.images == 2)
    #expect(lenient.failed.map(\.path) == [data.appending("c.jpg")])

    options.decode.maxPixels = 1000
    #expect(try quantized(source(), on: data, options).summary.failed == 3)
  }

  @Test("images to calibrate on are spread evenly, and a folder that is not there is an error")
  func sampling() throws {
    let data = folder.path.appending("data")
    try makeFolder(data)
    for index in 0..<10 { try folder.write([], to: data.appending("\(index).jpg")) }
    let source = try InputSource(calibratingOn: data, atMost: 4)
    #expect(source.inputs == [0, 2, 5, 7].map { .file(data.appending("\($0).jpg")) })
    #expect(try InputSource(calibratingOn: data, atMost: 500).inputs.count == 10)
    let error = #expect(throws: ModelError.self) {
      try InputSource(calibratingOn: "/nowhere", atMost: 4)
    }
    guard case .noImages("/nowhere", .some) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a share of a layer that the network does not have is an error")
  func unknownLayer() throws {
    try write()
    #expect(throws: ModelError.unknownLayer("fc9", known: ["fc6", "fc7", "fc8"])) {
      try source().compressed(keep: ["fc9": 0.5])
    }
  }

  @Test("the starter is compact and calibrated already")
  func starter() throws {
    let starter = try library.source("starter")
    #expect(throws: ModelError.alreadyCompact(file: "the built-in model")) {
      try starter.compressed()
    }
    #expect(throws: ModelError.alreadyQuantized(file: "the built-in model")) {
      try ActivationCalibration(starter)
    }
  }

  @Test("a raised flag ends the work, and leaves nothing behind")
  func interrupted() throws {
    try write()
    let stop = StopFlag()
    let source = try source()
    let compressed = try source.compressed(stop: stop)
    stop.raise()
    #expect(throws: ModelError.interrupted) { try source.compressed(stop: stop) }
    let measured = try quantized(source, on: photos, stop: stop)
    #expect(measured.summary.stopped && measured.model.images == 0)
    #expect(throws: ModelError.interrupted) {
      try library.newModel(named: "small").write(compressed.converted, stop: stop)
    }
    #expect(throws: ModelError.interrupted) {
      _ = try library.importModel(file, name: "pets", options: options, stop: stop)
    }
    #expect(try installedFiles.isEmpty)
  }

  @Test("a file that is never written leaves nothing behind")
  func neverWritten() throws {
    do {
      let file = try library.newModel(named: "small")
      #expect(try installedFiles.count == 1)
      extendLifetime(file)
    }
    #expect(try installedFiles.isEmpty)
  }
}
