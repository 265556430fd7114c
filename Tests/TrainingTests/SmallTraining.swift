import Architecture
import Classification
import Foundation
import Images
import JSON
import Network
import Preprocessing
import System
import Testing
import Threads
import Training

/// A small network, and pictures whose class is their colour.
struct SmallTraining {
  static let architecture = Architecture(
    name: "small", inputSize: 17,
    layers: [
      .convolution("first", 8, kernel: 3, stride: 2, padding: 1),
      .maxPooling("pool", kernel: 3, stride: 2),
      .convolution("second", 8, kernel: 3, padding: 1),
      .fullyConnected("hidden", 16, dropout: 0.3),
      .fullyConnected("classes", 3, relu: false, dropout: 0.3),
    ])

  let folder = TemporaryFolder()
  let preprocessing: Preprocessing
  let reader: PhotoReader
  let pool = WorkerPool(threads: 2)

  init() throws {
    preprocessing = try Preprocessing(
      steps: [
        .resizeShortSide(size: 20, antialias: true), .centerCrop(width: 17, height: 17),
      ],
      channels: .rgb, mean: [128, 128, 128], scale: [1 / 64, 1 / 64, 1 / 64])
    reader = PhotoReader(preprocessing, inputSize: 17, options: ClassifierOptions())
  }

  /// Photos of reddish, greenish and bluish patterns.
  ///
  /// - Parameter memory: the bytes that their pictures may take.
  func photos(
    _ seeds: some Sequence<UInt64>, memory: Int = 1 << 24
  ) throws -> TrainingPhotos {
    var photos: [Photo] = []
    for seed in seeds {
      let classIndex = Int(seed % 3)
      let pattern = randomPicture(seed, width: 24, height: 20)
      let pixels = pattern.pixels.enumerated().map { index, value in
        index % 3 == classIndex ? UInt8(min(255, Int(value) + 70)) : value
      }
      let image = RGBImage(width: 24, height: 20, pixels: pixels)
      let path = folder.file(Self.name(seed), try image.pngFile())
      photos.append(Photo(path: path, content: .file(path), classIndex: classIndex))
    }
    let read = TrainingPhotos(photos, reader: reader, memory: memory, pool: pool) { _, _ in true }
    #expect(read.failures.isEmpty && read.photos.count == photos.count)
    return read
  }

  func removePhoto(_ seed: UInt64) throws {
    try FileManager.default.removeItem(atPath: path(seed).repaired)
  }

  func path(_ seed: UInt64) -> RawPath { folder.path.appending(Self.name(seed)) }

  private static func name(_ seed: UInt64) -> [UInt8] { Array("\(seed).png".utf8) }

  func settings(epochs: Int, frozen: Int = 0, rate: Double = 0.05) -> TrainingSettings {
    var stage = TrainingStage(
      frozenLayers: frozen, epochs: epochs, schedule: Schedule(rate: rate, warmUp: 0.1))
    stage.views = 3
    var settings = TrainingSettings(stages: [stage])
    settings.batch = 8
    settings.augmentation.colorShift = 0
    return settings
  }

  /// Settings without anything random but the order of the photos.
  func plainSettings(epochs: Int, rate: Double) -> TrainingSettings {
    var settings = settings(epochs: epochs, rate: rate)
    settings.augmentation = .none
    settings.stages[0].dropout = 0
    return settings
  }

  struct Outcome {
    var best: [String: [Float]] = [:]
    var reports: [EpochReport] = []
    /// By epoch, the size of the pictures of its last step.
    var sizes: [Int] = []
    var events: [String] = []
    /// What the rate was multiplied by after each step that was taken back.
    var rateFactors: [Double] = []
    /// By step taken back, how many steps were taken before, and which epoch comes again.
    var stepsTakenBack: [Int] = []
    var epochsTakenBack: [Int] = []
    /// Images of the last epoch that were used.
    var images = 0
    var end = Trainer.End.finished
  }

  /// Trains, and stops after `stopAfter` steps where that is given.
  ///
  /// - Parameters:
  ///   - seeds: the photos to learn from. The remainder of a division by 3 is the class.
  ///   - keepsPictures: whether there is memory for the pictures of the photos to learn from.
  ///   - lost: photos that are removed when they have been read once.
  func train(
    _ settings: TrainingSettings, on seeds: some Sequence<UInt64> = 0..<45, in name: String,
    resuming: Bool = false, stopAfter: Int? = nil,
    threads: Int = 2, parameters: [String: [Float]]? = nil, calibration: Calibration? = nil,
    checkpointInterval: Duration = .seconds(600), featureMemory: Int = .max,
    teacher: TeacherTargets? = nil, keepsPictures: Bool = true, lost: [UInt64] = [],
    onStep: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> Outcome {
    let rows = try Self.architecture.summary()
    let store = TrainingFolder(folder.path.appending(name))
    if !resuming { try store.begin(["settings": settings.json]) }
    let stop = StopFlag()
    let training = try photos(seeds, memory: keepsPictures ? 1 << 24 : 0)
    let validation = try photos(45..<75)
    for seed in lost { try removePhoto(seed) }
    var outcome = Outcome()
    var steps = 0
    let trainer = try Trainer(
      TrainingStart(
        architecture: Self.architecture,
        parameters: parameters ?? Initialization.parameters(rows, seed: 5),
        preprocessing: preprocessing, hasLearned: parameters != nil, calibration: calibration),
      training: training, validation: validation, settings: settings, teacher: teacher,
      reader: reader, folder: store, checkpointInterval: checkpointInterval,
      featureMemory: featureMemory, pool: WorkerPool(threads: threads), stop: stop
    ) { event in
      switch event {
      case .epoch(let report): outcome.reports.append(report)
      case .epochBegins: outcome.sizes.append(0)
      case .step(let progress):
        if let last = outcome.sizes.indices.last { outcome.sizes[last] = progress.size }
        outcome.images = progress.images
        onStep(progress)
        steps += 1
        if steps == stopAfter { stop.raise() }
      case .stepTakenBack(let factor, let epochs):
        outcome.events.append("taken back")
        outcome.rateFactors.append(factor)
        outcome.stepsTakenBack.append(steps)
        outcome.epochsTakenBack.append(epochs + 1)
      case .featuresExceedMemory(let kept, let all):
        outcome.events.append("\(kept) of \(all) features")
      case .unreadable: outcome.events.append("unreadable")
      default: break
      }
    }
    outcome.end = try trainer.run(resuming: resuming)
    outcome.best = try trainer.best()
    return outcome
  }
}
