import Classification
import Foundation
import Kernels
import Network
import Preprocessing
import Testing
import Threads
import Training

@Suite struct FrozenLayersTests {
  private let small: SmallTraining
  /// Weights that have learned the classes.
  private let parameters: [String: [Float]]

  init() throws {
    small = try SmallTraining()
    parameters = try small.train(small.settings(epochs: 4), in: "before").best
  }

  /// The losses of a network on the photos that ``SmallTraining`` measures with, in float32.
  private func validationLosses(_ parameters: [String: [Float]]) throws -> [Double] {
    try run(parameters) { workspace, photo in
      -log(Double(workspace.probabilities(0)[photo.classIndex]))
    }
  }

  private func run<Result>(
    _ floats: [String: [Float]], _ result: (Workspace, Photo) throws -> Result
  ) throws -> [Result] {
    let parameters = try Parameters(SmallTraining.architecture, floats: floats)
    let workspace = Workspace(for: Plan(parameters), batch: 1, pool: WorkerPool(threads: 1))
    return try small.photos(45..<75).photos.map { photo in
      let picture = try small.reader.exactPicture(of: photo.photo)
      workspace.withInput(0) { small.preprocessing.normalize(picture, into: &$0) }
      workspace.forward(count: 1)
      return try result(workspace, photo.photo)
    }
  }

  /// - Parameter factor: what the ranges of the layers are multiplied by.
  private func calibration(times factor: Float = 1) throws -> Calibration {
    var ranges: [String: Float] = [:]
    for maxima in try run(parameters, { workspace, _ in workspace.layerMaxima() }) {
      ranges.merge(maxima) { max($0, $1) }
    }
    return Calibration(
      inputMean: small.preprocessing.mean, inputScale: small.preprocessing.scale,
      ranges: ranges.mapValues { $0 * factor })
  }

  private func train(
    in name: String, eightBits: Bool, times factor: Float = 1, frozen: Int = 4,
    resuming: Bool = false, stopAfter: Int? = nil, threads: Int = 2, featureMemory: Int = .max
  ) throws -> SmallTraining.Outcome {
    var settings = small.settings(epochs: 5, frozen: frozen)
    settings.runsFrozenLayersIn8Bits = eightBits
    return try small.train(
      settings, in: name, resuming: resuming, stopAfter: stopAfter, threads: threads,
      parameters: parameters, calibration: calibration(times: factor), featureMemory: featureMemory)
  }

  @Test("photos to learn from run in 8 bits through frozen layers of a calibrated model")
  func learnsFromBytes() throws {
    let exact = try train(in: "exact", eightBits: false).reports.map(\.trainingLoss)
    let bytes = try train(in: "bytes", eightBits: true).reports.map(\.trainingLoss)
    // With ranges that are far too small, most bytes have the largest value.
    let saturated = try train(in: "saturated", eightBits: true, times: 0.02).reports
      .map(\.trainingLoss)
    for (exact, bytes) in zip(exact, bytes) {
      #expect(exact != bytes)
      #expect(abs(exact - bytes) < 0.05 * exact)
    }
    #expect(abs((saturated.first ?? 0) - (exact.first ?? 0)) > 0.2 * (exact.first ?? 1))
  }

  @Test("without the setting the ranges of a model change nothing")
  func ignoresRanges() throws {
    let ranges = try train(in: "ranges", eightBits: false, times: 0.02)
    let none = try small.train(
      small.settings(epochs: 5, frozen: 4), in: "none", parameters: parameters)
    #expect(ranges.best == none.best)
  }

  @Test("photos to measure with run in float32, as in the finished model", arguments: [1, 0.02])
  func measuresInFloat32(factor: Float) throws {
    let outcome = try train(in: "bytes", eightBits: true, times: factor)
    let best = outcome.reports.last { $0.isBest }
    let losses = try validationLosses(outcome.best)
    let mean = losses.reduce(0, +) / Double(losses.count)
    #expect(abs(mean - (try #require(best).validationLoss)) < 1e-4 * mean)
  }

  @Test(
    "8 bits give the same bytes with any number of threads, any memory, and after an interruption",
    arguments: [3, 4])
  func repeats(frozen: Int) throws {
    func best(
      _ name: String, resuming: Bool = false, stopAfter: Int? = nil, threads: Int = 2,
      memory: Int = .max
    ) throws -> [String: [Float]] {
      try train(
        in: name, eightBits: true, frozen: frozen, resuming: resuming, stopAfter: stopAfter,
        threads: threads, featureMemory: memory
      ).best
    }
    let expected = try best("whole")
    #expect(try best("one", threads: 1) == expected)
    #expect(try best("three", threads: 3) == expected)
    #expect(try best("nothing kept", memory: 0) == expected)
    #expect(try best("half kept", memory: 64 * 100) == expected)
    _ = try best("parts", stopAfter: 8)
    #expect(try best("parts", resuming: true) == expected)
  }

  @Test("a layer without a range is an error that says so")
  func missingRange() throws {
    var calibration = try calibration()
    calibration.ranges["second"] = nil
    var settings = small.settings(epochs: 1, frozen: 4)
    settings.runsFrozenLayersIn8Bits = true
    #expect(throws: TrainingError.network(.notCalibrated(["second"]))) {
      try small.train(settings, in: "run", parameters: parameters, calibration: calibration)
    }
  }
}
