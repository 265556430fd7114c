import Architecture
import Classification
import Foundation
import Images
import Kernels
import Network
import Preprocessing
import System
import Testing

/// Files through decoding, preprocessing and a real network of one layer.
@Suite struct WholeChainTests {
  private static let size = 8
  /// Solid pictures, 4 x 3 and 2 x 5, written by Pillow 12.
  private static let red = """
    iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAA7ljmRAAAAFElEQVR42mP8xcXFAANMDEgAhQMAKJIBFOebCJAAAAAASUVO\
    RK5CYII=
    """
  private static let blue = """
    iVBORw0KGgoAAAANSUhEUgAAAAIAAAAFCAIAAADg0arLAAAAFUlEQVR42mPk4vrFwMDAxMDAgIsCACKwARiJ2df1AAAAAElF\
    TkSuQmCC
    """

  let folder: TemporaryFolder
  let red: RawPath
  let blue: RawPath
  let broken: RawPath

  init() throws {
    folder = try TemporaryFolder()
    let png = try #require(Data(base64Encoded: Self.red))
    red = try folder.file("a.png", png)
    blue = try folder.file("b.png", try #require(Data(base64Encoded: Self.blue)))
    broken = try folder.file("c.png", png.prefix(png.count - 20))
  }

  /// A network whose outputs are the sums of the channels, scaled to sort them safely.
  private func classifier(
    threads: Int, steps: [Preprocessing.Step], exact: Bool = false,
    views: Preprocessing.Views = .one, batchSize: Int = 16
  ) throws -> Classifier {
    let pixels = Self.size * Self.size
    var weights = [Float](repeating: 0, count: 3 * 3 * pixels)
    // Rows of [outputs, channels x height x width].
    for output in 0..<3 {
      for pixel in 0..<pixels {
        weights[(output * 3 + output) * pixels + pixel] = 1 / Float(pixels)
      }
    }
    let parameters = try Parameters(
      Architecture(
        name: "sums", inputSize: Self.size,
        layers: [LayerSpec("fc", .fullyConnected(outputs: 3, relu: false, dropout: 0))]),
      floats: ["fc.weight": weights, "fc.bias": [0, 0, 0]])
    var options = ClassifierOptions()
    options.threads = threads
    options.top = 1
    options.exactDecode = exact
    options.views = views
    options.batchSize = batchSize
    return Classifier(
      parameters, precision: .float32,
      preprocessing: try Preprocessing(
        steps: steps, channels: .rgb, mean: [0, 0, 0], scale: [0.01, 0.01, 0.01]),
      labels: ["red", "green", "blue"].map { ClassLabel(wnid: nil, label: $0) }, options: options)
  }

  @Test("a folder of pictures gives their classes and full sizes", arguments: [1, 2, 5])
  func folder(threads: Int) throws {
    let squash = Preprocessing.Step.squash(width: Self.size, height: Self.size, antialias: true)
    let classifier = try classifier(threads: threads, steps: [squash])
    let (records, summary) = classifier.records([.path(RawPath(folder.path)), .path(red)])
    #expect(records.map(\.short) == ["red", "blue", "truncated", "red"])
    #expect(summary.answered == 3 && summary.failed == 1)
    guard case .answered(let size, let predictions) = records[1].outcome else { return }
    #expect(size == PixelSize(width: 2, height: 5))
    // softmax(0.1, 0.1, 2.5), largest term.
    #expect(abs(predictions[0].probability - 0.84643) < 1e-4)
  }

  @Test("steps that miss the network's input size are an error, not a crash")
  func wrongSize() throws {
    let open = try classifier(
      threads: 1, steps: [.resizeShortSide(size: Self.size, antialias: true)])
    #expect(open.records([.path(red)]).records.map(\.short) == ["internal"])
  }

  @Test(
    "the probabilities of ten crops are averaged, whatever the batches",
    arguments: [(1, 1), (1, 16), (2, 25), (3, 10)])
  func tenCrops(threads: Int, batchSize: Int) throws {
    // A crop that pads shows red in 12 of 64 pixels; ten that are alike are one.
    let steps = [Preprocessing.Step.centerCrop(width: Self.size, height: Self.size)]
    let inputs = Array(repeating: InputSource.Input.path(red), count: 7) + [.path(broken)]
    let one = try classifier(threads: threads, steps: steps).records(inputs)
    let ten = try classifier(threads: threads, steps: steps, views: .ten, batchSize: batchSize)
      .records(inputs)
    #expect(ten.records.map(\.short) == Array(repeating: "red", count: 7) + ["truncated"])
    for (one, ten) in zip(one.records, ten.records) {
      guard case .answered(_, let single) = one.outcome,
        case .answered(_, let mean) = ten.outcome
      else { continue }
      #expect(abs(single[0].probability - mean[0].probability) < 1e-6)
    }
  }

  @Test("steps without a last centre crop are a failure of each image where ten are wanted")
  func noTenCrops() throws {
    let squash = Preprocessing.Step.squash(width: Self.size, height: Self.size, antialias: true)
    let classifier = try classifier(threads: 1, steps: [squash], views: .ten)
    #expect(classifier.records([.path(red)]).records.map(\.short) == ["internal"])
  }

  @Test(
    "features are the values of a layer, of length 1 if asked for, and zeros stay zeros",
    arguments: [1, 3])
  func features(threads: Int) throws {
    let pixels = Self.size * Self.size
    // Three channels that are the input's, and a fourth that is always 0.
    var filters = [Float](repeating: 0, count: 4 * 3)
    for channel in 0..<3 { filters[channel * 3 + channel] = 1 }
    let parameters = try Parameters(
      Architecture(
        name: "copy", inputSize: Self.size,
        layers: [
          .convolution("conv", 4, kernel: 1),
          .fullyConnected("zero", 2),
          .fullyConnected("classes", 3, relu: false),
        ]),
      floats: [
        "conv.weight": filters, "conv.bias": [0, 0, 0, 0],
        "zero.weight": Array(repeating: -1, count: 2 * 4 * pixels), "zero.bias": [0, 0],
        "classes.weight": Array(repeating: 1, count: 6), "classes.bias": [0, 0, 0],
      ])
    var options = ClassifierOptions()
    options.threads = threads
    func features(_ layer: String, normalized: Bool) throws -> [InputRecord<[Float]>] {
      let extractor = FeatureExtractor(
        parameters, layer: layer, normalized: normalized, precision: .float32,
        preprocessing: try Preprocessing(
          steps: [.squash(width: Self.size, height: Self.size, antialias: true)], channels: .rgb,
          mean: [0, 0, 0], scale: [0.01, 0.01, 0.01]),
        options: options)
      var records: [InputRecord<[Float]>] = []
      _ = extractor.run(
        InputSource([.path(blue), .path(broken), .path(red)]), stop: StopFlag()
      ) {
        records.append($0)
        return .proceed
      }
      return records
    }
    // The colours are (10, 10, 250) and (250, 10, 10).
    let blueMaps = [0.1, 0.1, 2.5, 0].flatMap { Array(repeating: Float($0), count: pixels) }
    let plain = try features("conv", normalized: false)
    guard case .answered(let size, let maps) = plain[0].outcome else {
      Issue.record("no features")
      return
    }
    #expect(size == PixelSize(width: 2, height: 5))
    #expect(zip(maps, blueMaps).allSatisfy { abs($0 - $1) < 1e-5 } && maps.count == 4 * pixels)
    #expect(plain.map(\.path) == [blue, broken, red])
    guard case .failed = plain[1].outcome else {
      Issue.record("a broken file has features")
      return
    }
    for record in try features("conv", normalized: true) where record.path != broken {
      guard case .answered(_, let values) = record.outcome else { continue }
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
    for record in try features("zero", normalized: true) where record.path != broken {
      #expect(record.outcome.answer == [0, 0])
    }
  }

  /// A network in 8 bits whose outputs are the sums of the input's three channels.
  private func byteClassifier(
    _ preprocessing: Preprocessing, calibrated mean: [Float], labels: [String]
  ) throws -> Classifier {
    let pixels = Self.size * Self.size
    var filters = [Float](repeating: 0, count: 4 * 3)
    var weights = [Float](repeating: 0, count: 3 * 4 * pixels)
    for channel in 0..<3 {
      filters[channel * 3 + channel] = 1
      for pixel in 0..<pixels { weights[(channel * 4 + channel) * pixels + pixel] = 0.01 }
    }
    let architecture = Architecture(
      name: "sums", inputSize: Self.size,
      layers: [
        .convolution("conv", 4, kernel: 1),
        LayerSpec("fc", .fullyConnected(outputs: 3, relu: false, dropout: 0)),
      ])
    let parameters = try Parameters(
      architecture,
      floats: [
        "conv.weight": filters, "conv.bias": [0, 0, 0, 0], "fc.weight": weights,
        "fc.bias": [0, 0, 0],
      ])
    let quantization = try Quantization(
      Calibration(inputMean: mean, inputScale: [1, 1, 1], ranges: ["conv": 255]), for: architecture)
    var options = ClassifierOptions()
    options.top = 3
    return Classifier(
      parameters, precision: .int8(quantization), preprocessing: preprocessing,
      labels: labels.map { ClassLabel(wnid: nil, label: $0) }, options: options)
  }

  @Test(
    "a network in 8 bits sees the pixels in the order of its channels, as bytes or as floats",
    arguments: [Preprocessing.ChannelOrder.rgb, .bgr], [true, false])
  func bytes(channels: Preprocessing.ChannelOrder, arePixels: Bool) throws {
    let preprocessing = try Preprocessing(
      steps: [.squash(width: Self.size, height: Self.size, antialias: true)], channels: channels,
      mean: [0, 0, 0], scale: [1, 1, 1])
    let names = ["red", "green", "blue"]
    let classifier = try byteClassifier(
      preprocessing, calibrated: arePixels ? [0, 0, 0] : [0, 0, 0.25],
      labels: channels == .rgb ? names : names.reversed())
    #expect(classifier.records([.path(red), .path(blue)]).records.map(\.short) == ["red", "blue"])
  }
}

extension InputRecord.Outcome {
  fileprivate var answer: Answer? {
    if case .answered(_, let answer) = self { answer } else { nil }
  }
}
