import Architecture
import Classification
import Conversion
import Foundation
import Images
import ModelLibrary
import Network
import Preprocessing
import System
import TemporaryFolder
import Tensors
import Testing
import WeightFiles

/// A network that is no AlexNet, which the library knows by one list of layers: nothing else in the
/// program has its name, the names of its layers or its shapes.
@Suite struct OtherNetworkTests {
  private static let architecture = Architecture(
    name: "two_and_two", inputSize: 33,
    layers: [
      .convolution("edges", 8, kernel: 5, stride: 2),
      .maxPooling("half"),
      .normalization("even"),
      .convolution("parts", 16, kernel: 3, padding: 1),
      .maxPooling("quarter"),
      .fullyConnected("hidden", 64),
      .fullyConnected("animals", 1000, relu: false, dropout: 0.5),
    ])
  private static let labels = ["cat", "dog", "newt"].map { ClassLabel(wnid: nil, label: $0) }

  private let folder: TemporaryFolder
  private let library: ModelLibrary
  private let file: RawPath

  init() throws {
    folder = try TemporaryFolder()
    library = ModelLibrary(
      settings: LibrarySettings(home: folder.path.appending("home")),
      architectures: Architecture.all + [Self.architecture])
    file = folder.path.appending("full.safetensors")
    let weights = try denseWeights(Self.architecture.withClasses(3))
    try folder.write(Safetensors.bytes(of: weights), to: file)
    _ = try library.importModel(file, name: "full", options: ImportOptions(labels: Self.labels))
  }

  private var photos: RawPath {
    RawPath(
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/photos").path)
  }

  /// The probabilities of the classes, in their order, for each photo.
  private func probabilities(_ model: Model) -> [[Float]] {
    var all: [[Float]] = []
    classify(model) { outcome in
      guard case .answered(_, let predictions) = outcome else { return }
      all.append(predictions.sorted { $0.index < $1.index }.map(\.probability))
    }
    return all
  }

  private func classify(_ model: Model, _ body: (Record.Outcome) -> Void) {
    var options = ClassifierOptions()
    options.threads = 1
    let classifier = Classifier(
      model.parameters, precision: model.precision, preprocessing: model.preprocessing,
      labels: model.labels, options: options)
    _ = classifier.run(InputSource([.path(photos)]), stop: StopFlag()) { record in
      body(record.outcome)
      return .proceed
    }
  }

  private func distance(_ first: [[Float]], _ second: [[Float]]) -> Float {
    zip(first.joined(), second.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("it is imported by its shapes, and classifies")
  func imported() throws {
    let model = try library.open("full")
    #expect(model.metadata["variant"] == "two_and_two")
    #expect(model.parameters.architecture == Self.architecture.withClasses(3))
    #expect(model.preprocessing.outputSize(for: nil)?.width == 33)
    let found = probabilities(model)
    #expect(found.count == 3)
    #expect(found.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 && $0.count == 3 })
    // The photos must not be all the same to it, or nothing below would show.
    #expect(distance(Array(found.dropLast()), Array(found.dropFirst())) > 0.01)
  }

  @Test("PyTorch's numbers for its layers are found, and its own weights read")
  func torchNames() throws {
    var weights = try denseWeights(Self.architecture.withClasses(3))
    // The convolutions with their ReLUs, a pooling and a normalisation come before the second
    // convolution; a layer with its ReLU and a dropout before the second fully connected one.
    let names = [
      "edges": "features.0", "parts": "features.4", "hidden": "classifier.0",
      "animals": "classifier.3",
    ]
    weights.tensors = try weights.tensors.map { named in
      let parts = named.name.split(separator: ".").map(String.init)
      return NamedTensor(
        name: try #require(names[parts[0]]) + "." + parts[1], tensor: named.tensor)
    }
    let path = folder.path.appending("torch.safetensors")
    try folder.write(Safetensors.bytes(of: weights), to: path)
    let model = try library.open(path: path, options: ImportOptions(labels: Self.labels))
    #expect(probabilities(model) == probabilities(try library.open("full")))
  }

  @Test("it is compressed: each layer to its usual share, or to the one asked for")
  func compressed() throws {
    let source = try library.source("full")
    let compressed = try source.compressed(keep: ["hidden": 0.5])
    #expect(compressed.layers.map(\.name) == ["hidden", "animals"])
    #expect(compressed.layers.map(\.nonZerosAfter) == [64 * 144 / 2, 3 * 64 / 4])
    #expect(try source.compressed().layers.first?.nonZerosAfter == Int((0.09 * 64 * 144).rounded()))

    let whole = try source.compressed(keep: ["hidden": 1, "animals": 1])
    _ = try library.newModel(named: "small").write(whole.converted)
    let small = try library.open("small")
    #expect(small.metadata["variant"] == "two_and_two")
    #expect(distance(probabilities(small), probabilities(source.model)) < 0.02)
  }

  @Test("it is quantised, calibrated on photos, and runs in 8 bits")
  func quantized() throws {
    let source = try library.source("full")
    let calibration = try ActivationCalibration(source)
    let summary = calibration.classifier(ClassifierOptions()).run(
      try InputSource(calibratingOn: photos, atMost: 500), stop: StopFlag()
    ) { _ in .proceed }
    #expect(summary.answered == 3 && summary.failed == 0)
    let quantized = try calibration.quantized()
    _ = try library.newModel(named: "bytes").write(quantized.converted)
    let model = try library.open("bytes")
    #expect(
      try model.calibration()?.ranges.keys.sorted() == ["edges", "even", "hidden", "parts"])
    #expect(distance(probabilities(try model.in8Bits()), probabilities(source.model)) < 0.03)
  }

  @Test("it is evaluated: every photo counts, and the right ones are right")
  func evaluated() throws {
    let model = try library.open("full")
    let best = probabilities(model).map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }
    var evaluation = Evaluation(labels: model.labels)
    // The truth is what the network says, but for the first photo.
    var truths = best
    truths[0] = (truths[0] + 1) % 3
    var index = 0
    classify(model) { outcome in
      evaluation.add(outcome, truth: truths[index])
      index += 1
    }
    #expect(evaluation.total.top1.successes == 2 && evaluation.total.top1.trials == 3)
    #expect(evaluation.total.top5.successes == 3 && evaluation.total.failed == 0)
  }

  @Test("a library that does not know it refuses it, with what is different")
  func unknown() throws {
    let error = #expect(throws: ModelError.self) {
      try ModelLibrary(settings: LibrarySettings(home: nil)).open(path: file)
    }
    guard case .damaged(_, .otherArchitecture(_, let differences)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(differences.contains("edges.weight: unexpected, 8x3x5x5"))
    let installed = folder.path.appending("home").appending("models").appending(
      "full.safetensors")
    let known = #expect(throws: ModelError.self) {
      try ModelLibrary(settings: LibrarySettings(home: nil)).open(path: installed)
    }
    guard case .badMetadata(_, "variant", _) = known else {
      Issue.record("\(String(describing: known))")
      return
    }
  }
}
