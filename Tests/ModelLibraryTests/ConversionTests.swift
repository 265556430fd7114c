import Architecture
import Foundation
import JSON
import Kernels
import ModelLibrary
import Network
import Preprocessing
import System
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
    #expect(try matrix.floats().count { $0 != 0 } == 94_372)
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
    #expect(model.network.architecture == source.model.network.architecture)
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
    let quantized = try source().quantized(calibratingOn: photos, threads: 2)
    #expect(quantized.pictures == 3 && quantized.failures == 0)
    #expect(try quantized.converted.model.in8Bits().labels == labels)
    let path = folder.path.appending("int8.safetensors")
    _ = try library.newFile(at: path).write(quantized.converted)
    let eightBits = try library.source(path)
    let points = try #require(try eightBits.model.calibration()).points
    #expect(points.keys.sorted() == ["conv2", "conv3", "conv4", "conv5"])
    #expect(points["conv3"]?.means.count == 256 && points["conv3"]?.ranges.count == 16 * 256)
    #expect(points["conv3"]?.ranges.contains { $0 > 0 } == true)
    #expect(throws: ModelError.alreadyQuantized(file: path.repaired)) {
      try eightBits.quantized(calibratingOn: photos, threads: 2)
    }
    #expect(throws: ModelError.alreadyQuantized(file: path.repaired)) {
      try eightBits.compressed()
    }

    let compact = folder.path.appending("compact.safetensors")
    _ = try library.newFile(at: compact).write(try source().compressed().converted)
    #expect(throws: ModelError.alreadyCompact(file: compact.repaired)) {
      try library.source(compact).compressed()
    }
    let both = try library.source(compact).quantized(calibratingOn: photos, threads: 2)
    #expect(try both.converted.model.calibration() != nil)
    #expect(throws: ModelError.noPictures(folder: "/nowhere")) {
      try library.source(compact).quantized(calibratingOn: "/nowhere", threads: 2)
    }
  }

  @Test("the starter is compact and calibrated already")
  func starter() throws {
    let starter = try library.source("starter")
    #expect(throws: ModelError.alreadyCompact(file: "the built-in model")) {
      try starter.compressed()
    }
    #expect(throws: ModelError.alreadyQuantized(file: "the built-in model")) {
      try starter.quantized(calibratingOn: photos, threads: 2)
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
    #expect(throws: ModelError.interrupted) {
      try source.quantized(calibratingOn: photos, threads: 2, stop: stop)
    }
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
