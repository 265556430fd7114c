import Architecture
import Classification
import Foundation
import Images
import JSON
import Kernels
import Network
import Preprocessing
import System
import Testing
import Threads
import Training

/// A small network on pictures whose class is their colour.
@Suite struct TrainerTests {
  private static let architecture = Architecture(
    name: "small", inputSize: 17,
    layers: [
      .convolution("first", 8, kernel: 3, stride: 2, padding: 1),
      .maxPooling("pool", kernel: 3, stride: 2),
      .convolution("second", 8, kernel: 3, padding: 1),
      .fullyConnected("hidden", 16, dropout: 0.3),
      .fullyConnected("classes", 3, relu: false, dropout: 0.3),
    ])

  private let folder = TemporaryFolder()
  private let preprocessing: Preprocessing
  private let reader: PhotoReader
  private let pool = WorkerPool(threads: 2)

  init() throws {
    preprocessing = try Preprocessing(
      steps: [
        .resizeShortSide(size: 20, antialias: true), .centerCrop(width: 17, height: 17),
      ],
      channels: .rgb, mean: [128, 128, 128], scale: [1 / 64, 1 / 64, 1 / 64])
    reader = PhotoReader(preprocessing, inputSize: 17, options: ClassifierOptions())
  }

  /// Photos of reddish, greenish and bluish patterns.
  private func photos(_ range: Range<UInt64>) throws -> TrainingPhotos {
    var photos: [Photo] = []
    for seed in range {
      let classIndex = Int(seed % 3)
      let pattern = randomPicture(seed, width: 24, height: 20)
      let pixels = pattern.pixels.enumerated().map { index, value in
        index % 3 == classIndex ? UInt8(min(255, Int(value) + 70)) : value
      }
      let image = RGBImage(width: 24, height: 20, pixels: pixels)
      let path = folder.file(Array("\(seed).png".utf8), try image.pngFile())
      photos.append(Photo(path: path, content: .file(path), classIndex: classIndex))
    }
    let read = TrainingPhotos(photos, reader: reader, memory: 1 << 24, pool: pool) { _, _ in true }
    #expect(read.failures.isEmpty && read.photos.count == photos.count)
    return read
  }

  private func settings(epochs: Int, frozen: Int = 0, rate: Double = 0.05) -> TrainingSettings {
    var stage = TrainingStage(
      frozenLayers: frozen, epochs: epochs, schedule: Schedule(rate: rate, warmUp: 0.1))
    stage.views = 3
    var settings = TrainingSettings(stages: [stage])
    settings.batch = 8
    settings.augmentation.colorShift = 0
    return settings
  }

  private struct Outcome {
    var best: [String: [Float]] = [:]
    var reports: [EpochReport] = []
    /// By epoch, the size of the pictures of its last step.
    var sizes: [Int] = []
    var events: [String] = []
    var end = Trainer.End.finished
  }

  /// Trains, and stops after `stopAfter` steps where that is given.
  private func train(
    _ settings: TrainingSettings, in name: String, resuming: Bool = false, stopAfter: Int? = nil,
    threads: Int = 2, parameters: [String: [Float]]? = nil,
    checkpointInterval: Duration = .seconds(600),
    onStep: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> Outcome {
    let rows = try Self.architecture.summary()
    let store = TrainingFolder(folder.path.appending(name))
    if !resuming { try store.begin(["settings": settings.json]) }
    let stop = StopFlag()
    var outcome = Outcome()
    var steps = 0
    let trainer = try Trainer(
      TrainingStart(
        architecture: Self.architecture,
        parameters: parameters ?? Initialization.parameters(rows, seed: 5),
        preprocessing: preprocessing, hasLearned: parameters != nil),
      training: try photos(0..<45), validation: try photos(45..<75), settings: settings,
      reader: reader, folder: store, checkpointInterval: checkpointInterval,
      pool: WorkerPool(threads: threads), stop: stop
    ) { event in
      switch event {
      case .epoch(let report): outcome.reports.append(report)
      case .epochBegins: outcome.sizes.append(0)
      case .step(let progress):
        if let last = outcome.sizes.indices.last { outcome.sizes[last] = progress.size }
        onStep(progress)
        steps += 1
        if steps == stopAfter { stop.raise() }
      case .stepTakenBack: outcome.events.append("taken back")
      default: break
      }
    }
    outcome.end = try trainer.run(resuming: resuming)
    outcome.best = try trainer.best()
    return outcome
  }

  @Test("classes that differ in colour are learned, and the best network is kept")
  func learns() throws {
    let outcome = try train(settings(epochs: 12), in: "run")
    let accuracies = outcome.reports.map(\.validationAccuracy)
    #expect(accuracies.count == 12)
    #expect((accuracies.max() ?? 0) > 0.9)
    // The kept network gives the best accuracy again, as if validated alone.
    let again = try train(
      settings(epochs: 1, rate: 1e-9), in: "again", parameters: outcome.best)
    #expect(again.reports.first?.validationAccuracy == accuracies.max())
  }

  @Test("an interrupted run that goes on ends with the same bytes", arguments: [1, 7, 11, 12, 20])
  func resumes(steps: Int) throws {
    let settings = settings(epochs: 4)
    let whole = try train(settings, in: "whole")
    let first = try train(settings, in: "parts", stopAfter: steps)
    #expect(first.end == .stopped)
    let rest = try train(settings, in: "parts", resuming: true)
    #expect(rest.end == .finished)
    #expect(rest.best == whole.best)
    func results(_ reports: [EpochReport]) -> [[Double]] {
      reports.map { [$0.trainingLoss, $0.validationLoss, $0.validationAccuracy, $0.rate] }
    }
    #expect(results(first.reports + rest.reports) == results(whole.reports))
  }

  @Test("a run goes on from the checkpoint between the last step of an epoch and its end")
  func resumesAfterLastStep() throws {
    var settings = settings(epochs: 3)
    settings.stages[0].schedule.shape = .cosine(floor: 0.1)
    let whole = try train(settings, in: "whole", checkpointInterval: .zero) { progress in
      if progress.epoch == 1, progress.images == progress.imagesOfEpoch {
        try? FileManager.default.copyItem(
          atPath: folder.path.appending("whole").repaired,
          toPath: folder.path.appending("copy").repaired)
      }
    }
    let rest = try train(settings, in: "copy", resuming: true)
    #expect(rest.best == whole.best)
    func results(_ reports: [EpochReport]) -> [[Double]] {
      reports.map { [Double($0.epoch), $0.trainingLoss, $0.validationAccuracy, $0.rate] }
    }
    #expect(results(rest.reports) == results(Array(whole.reports.suffix(2))))
  }

  @Test("an epoch that has begun is measured, even if the time was over at the checkpoint")
  func measuresBegunEpoch() throws {
    var settings = settings(epochs: 5)
    #expect(try train(settings, in: "run", stopAfter: 9).end == .stopped)
    settings.seconds = 1e-9
    let rest = try train(settings, in: "run", resuming: true)
    #expect(rest.end == .finished)
    // Of the second epoch, three steps were taken.
    #expect(rest.reports.map(\.epoch) == [2])
  }

  /// Pictures of 11 pixels, then of 13, then of the network's own 17, with batch normalisation.
  private func growingSettings() -> TrainingSettings {
    var settings = settings(epochs: 14)
    settings.stages[0].sizes = [11, 13, 17]
    settings.stages[0].batchNormalization = true
    return settings
  }

  @Test("pictures grow in the course of a run, each size having half the epochs of the one before")
  func grows() throws {
    let outcome = try train(growingSettings(), in: "grows")
    #expect(outcome.sizes == Array(repeating: 11, count: 8) + [13, 13, 13, 13] + [17, 17])
    #expect((outcome.reports.map(\.validationAccuracy).max() ?? 0) > 0.8)
    // What is kept is the best at the network's own size.
    let again = try train(
      settings(epochs: 1, rate: 1e-9), in: "again", parameters: outcome.best)
    let last = outcome.reports.suffix(2).map(\.validationAccuracy).max() ?? 0
    #expect((again.reports.first?.validationAccuracy ?? 0) >= last)
  }

  @Test(
    "an interrupted run with growing pictures ends with the same bytes",
    arguments: [3, 48, 49, 50, 75])
  func resumesGrowing(steps: Int) throws {
    let whole = try train(growingSettings(), in: "whole")
    _ = try train(growingSettings(), in: "parts", stopAfter: steps)
    let rest = try train(growingSettings(), in: "parts", resuming: true)
    #expect(rest.end == .finished && rest.best == whole.best)
  }

  @Test("batch normalisation changes nothing at first in a network that has learned")
  func normalizesLearned() throws {
    let learned = try train(settings(epochs: 12), in: "learned")
    let accuracy = learned.reports.map(\.validationAccuracy).max() ?? 0
    var normalized = settings(epochs: 1, rate: 1e-9)
    normalized.stages[0].batchNormalization = true
    normalized.batch = 45
    let outcome = try train(normalized, in: "normalized", parameters: learned.best)
    #expect(outcome.reports.first?.validationAccuracy == accuracy)
    let before = Initialization.parameters(try Self.architecture.summary(), seed: 5)
    for (name, values) in outcome.best {
      let expected = try #require(learned.best[name])
      let largest = expected.map(abs).max() ?? 0
      for (first, second) in zip(values, expected) {
        #expect(abs(first - second) <= 1e-4 * largest, "\(name)")
      }
      #expect(values != before[name])
    }
  }

  @Test("a loss that explodes leaves nothing in the averages of batch normalisation")
  func takesBackAverages() throws {
    var settings = settings(epochs: 3, rate: 3000)
    settings.stages[0].batchNormalization = true
    settings.stages[0].schedule.warmUp = 0
    settings.clipNorm = nil
    let outcome = try train(settings, in: "explodes")
    #expect(!outcome.events.isEmpty)
    #expect(outcome.reports.last?.validationLoss.isFinite == true)
  }

  @Test("epochs that come again after a step was taken back are in the log once")
  func logsOnce() throws {
    var settings = settings(epochs: 10, rate: 100)
    settings.stages[0].schedule.warmUp = 0.9
    settings.clipNorm = nil
    let store = TrainingFolder(folder.path.appending("explodes"))
    try store.begin([:])
    let log = TrainingLog(store, run: [:], continuingAfter: nil)
    var reports: [Int] = []
    let trainer = try Trainer(
      TrainingStart(
        architecture: Self.architecture,
        parameters: Initialization.parameters(try Self.architecture.summary(), seed: 5),
        preprocessing: preprocessing, hasLearned: false),
      training: try photos(0..<45), validation: try photos(45..<75), settings: settings,
      reader: reader, folder: store, pool: pool, stop: StopFlag()
    ) { event in
      switch event {
      case .epoch(let report):
        reports.append(report.epoch)
        try? log.add(report)
      case .stepTakenBack(let factor, let epochs):
        try? log.add(stepTakenBack: factor, backTo: epochs)
      default: break
      }
    }
    #expect(try trainer.run() == .finished)
    // What the test is about has happened.
    try #require(reports.count > 10)
    func epochs() throws -> [Int] {
      let file = folder.path.appending("explodes").appending("log.jsonl").repaired
      return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        .compactMap { try JSONValue.parse(String($0))["epoch"]?.integer }
    }
    #expect(try epochs() == Array(1...10))
    // A run that goes on keeps the lines of steps that were taken back.
    try TrainingLog(store, run: [:], continuingAfter: 4).add(result: [:])
    #expect(try epochs() == Array(1...4))
    let text = try String(
      contentsOfFile: folder.path.appending("explodes").appending("log.jsonl").repaired,
      encoding: .utf8)
    #expect(text.contains("step_taken_back"))
  }

  @Test(
    "a checkpoint with numbers that no training has is damaged",
    arguments: [
      ("size", "549755813888"), ("size", "14"), ("epoch", "-1"), ("rateFactor", "1e300"),
      ("seconds", "-1"), ("reductions", "9223372036854775807"),
      ("epochsSinceBest", "9223372036854775807"),
    ])
  func refusesNumbers(name: String, value: String) throws {
    let settings = settings(epochs: 2)
    #expect(try train(settings, in: "run", stopAfter: 2).end == .stopped)
    let file = URL(
      filePath: folder.path.appending("run").appending("checkpoint.safetensors").repaired)
    let bytes = try Data(contentsOf: file)
    let count = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = String(decoding: bytes[8..<8 + count], as: UTF8.self)
    let changed = header.replacing(
      try Regex("(\\\\\"\(name)\\\\\": ?)[-+.e0-9]+"),
      with: { "\($0.output[1].substring ?? "")\(value)" })
    #expect(changed != header)
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: changed.utf8.count >> (8 * $0)) })
    try (length + Data(changed.utf8) + bytes[(8 + count)...]).write(to: file)
    #expect {
      try train(settings, in: "run", resuming: true)
    } throws: { error in
      "\(error)".contains("is damaged")
    }
  }

  @Test("a log with numbers that cannot be drawn costs nothing but their curve")
  func drawsNoHugeNumbers() throws {
    let store = TrainingFolder(folder.path.appending("huge"))
    try store.begin([:])
    let line =
      #"{"epoch":1,"training_loss":1.5e308,"validation_loss":1,"validation_accuracy":0.5}"#
    try store.write("log.jsonl", Array("\(line)\n".utf8))
    let log = TrainingLog(store, run: [:], continuingAfter: 1)
    try log.drawCurves()
    try log.add(result: [:])
    let text = try String(
      contentsOfFile: folder.path.appending("huge").appending("log.jsonl").repaired,
      encoding: .utf8)
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test("averages and pruning go on after an interruption as if nothing had happened")
  func resumesAveragesAndPruning() throws {
    var settings = settings(epochs: 4)
    settings.averageDecay = 0.9
    settings.stages[0].batchNormalization = true
    settings.stages[0].sizes = [13, 17]
    settings.stages[0].pruning = GradualPruning(["hidden": 0.25, "classes": 0.5])
    let whole = try train(settings, in: "whole")
    for steps in [1, 8, 13, 17, 22] {
      let name = "parts \(steps)"
      #expect(try train(settings, in: name, stopAfter: steps).end == .stopped)
      let rest = try train(settings, in: name, resuming: true)
      #expect(rest.best == whole.best, "stopped after \(steps) steps")
    }
  }

  @Test("the average is what is measured and kept, and it is the one that its formula gives")
  func averages() throws {
    var settings = settings(epochs: 1)
    settings.batch = 45
    settings.averageDecay = 0.5
    settings.stages[0].schedule = Schedule(rate: 0.05, shape: .step(factor: 1, at: []))
    let before = Initialization.parameters(try Self.architecture.summary(), seed: 5)
    let averaged = try train(settings, in: "averaged").best
    settings.averageDecay = nil
    let plain = try train(settings, in: "plain").best
    // One step: the decay is min(0.5, 2 / 11).
    for (name, values) in plain where values != before[name] {
      let expected = zip(before[name] ?? [], values).map { $0 + ($1 - $0) * (1 - 2 / 11) }
      let found = try #require(averaged[name])
      #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-6 }, "\(name)")
    }
    #expect(plain != before && averaged != plain)
  }

  @Test("averaged weights with batch normalisation learn, and give the same when it is folded in")
  func averagesNormalization() throws {
    var settings = settings(epochs: 12)
    settings.averageDecay = 0.9
    settings.stages[0].batchNormalization = true
    let outcome = try train(settings, in: "averaged")
    let best = outcome.reports.map(\.validationAccuracy).max() ?? 0
    #expect(best > 0.9)
    let again = try train(
      self.settings(epochs: 1, rate: 1e-9), in: "again", parameters: outcome.best)
    #expect(again.reports.first?.validationAccuracy == best)
  }

  @Test("pruning leaves the wanted shares, and zeros stay zero", arguments: [nil, 0.9])
  func prunes(decay: Double?) throws {
    var settings = settings(epochs: 10)
    settings.averageDecay = decay
    settings.stages[0].pruning = GradualPruning(["hidden": 0.25, "classes": 0.5])
    let outcome = try train(settings, in: "pruned")
    func share(_ name: String, _ parameters: [String: [Float]]) -> Double {
      let values = parameters[name] ?? []
      return Double(values.count { $0 != 0 }) / Double(values.count)
    }
    #expect(abs(share("hidden.weight", outcome.best) - 0.25) < 0.01)
    #expect(abs(share("classes.weight", outcome.best) - 0.5) < 0.03)
    #expect(share("first.weight", outcome.best) == 1)
    #expect(outcome.reports.map(\.pruning).last == 1)
    let isBest = outcome.reports.filter(\.isBest)
    #expect(isBest.allSatisfy { $0.pruning == 1 } && !isBest.isEmpty)
    #expect((outcome.reports.map(\.validationAccuracy).max() ?? 0) > 0.8)

    // A model that is pruned already keeps exactly its zeros with the same shares.
    let again = try train(settings, in: "again", parameters: outcome.best)
    for name in ["hidden.weight", "classes.weight"] {
      let (old, new) = (outcome.best[name] ?? [], again.best[name] ?? [])
      #expect(zip(old, new).allSatisfy { ($0 == 0) == ($1 == 0) })
    }
  }

  @Test("a stage of one step ends pruned, and so does one whose time is over at once")
  func prunesShortStages() throws {
    var settings = settings(epochs: 1)
    settings.batch = 45
    settings.stages[0].pruning = GradualPruning(["hidden": 0.25])
    for seconds in [nil, 1e-9] {
      settings.seconds = seconds
      let best = try train(settings, in: "short \(seconds ?? 0)").best["hidden.weight"] ?? []
      #expect(best.count { $0 != 0 } == best.count / 4)
    }
  }

  @Test("the share of weights that stays falls along the cubic curve to its end")
  func pruningCurve() {
    #expect(GradualPruning.level(at: 0) == 0)
    #expect(GradualPruning.level(at: 0.3) == 50)
    #expect(GradualPruning.level(at: 0.6) == 100 && GradualPruning.level(at: 1) == 100)
    #expect(GradualPruning.share(0.2, level: 0) == 1)
    // Zhu and Gupta: sparsity = 0.8 - 0.8 * (1 - 1/2)^3 = 0.7.
    #expect(abs(GradualPruning.share(0.2, level: 50) - 0.3) < 1e-12)
    #expect(GradualPruning.share(0.2, level: 100) == 0.2)
  }

  @Test("any number of threads gives the same bytes")
  func threads() throws {
    var settings = settings(epochs: 2)
    settings.averageDecay = 0.9
    settings.stages[0].pruning = GradualPruning(["hidden": 0.3])
    let one = try train(settings, in: "one", threads: 1)
    let three = try train(settings, in: "three", threads: 3)
    #expect(one.best == three.best)
  }

  @Test("layers that are frozen keep their weights, and the others change", arguments: [3, 4])
  func freezes(frozen: Int) throws {
    let before = Initialization.parameters(try Self.architecture.summary(), seed: 5)
    let outcome = try train(settings(epochs: 8, frozen: frozen), in: "frozen")
    #expect((outcome.reports.map(\.validationAccuracy).max() ?? 0) > 0.5)
    let layers = Self.architecture.layers.enumerated()
    for (index, layer) in layers where before[layer.weightName] != nil {
      #expect((outcome.best[layer.weightName] == before[layer.weightName]) == (index < frozen))
    }
  }

  @Test("a rate that explodes is halved, and the network stays finite")
  func takesBack() throws {
    var settings = settings(epochs: 3, rate: 30)
    settings.clipNorm = nil
    let outcome = try train(settings, in: "explodes")
    #expect(!outcome.events.isEmpty)
    #expect(outcome.best.values.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test("a checkpoint of other data or settings is refused, and says what differs")
  func refusesOthers() throws {
    let store = TrainingFolder(folder.path.appending("other"))
    _ = try train(settings(epochs: 2), in: "other", stopAfter: 2)
    var changed = settings(epochs: 2)
    changed.momentum = 0.5
    #expect(
      throws: TrainingError.otherRun(
        folder: store.path, differences: ["settings.momentum was 0.9, and is now 0.5"])
    ) { try store.check(["settings": changed.json]) }
    try store.check(["settings": settings(epochs: 2).json])
  }

  @Test("folding batch normalisation gives what the training network gives")
  func folds() throws {
    let rows = try Self.architecture.summary()
    let network = try TrainingNetwork(
      rows, parameters: Initialization.parameters(rows, seed: 3), batch: 6, pool: pool,
      batchNormalization: true)
    func write(_ network: TrainingNetwork) {
      for image in 0..<6 {
        var random = RandomStream(seed: UInt64(image), .noise)
        network.trunk?.withInput(image) { span in
          for index in 0..<span.count { span[index] = Float(random.normal()) }
        }
      }
    }
    for step in 0..<5 {
      write(network)
      network.forward(images: 6, dropoutSeed: UInt64(step))
      _ = network.losses(BatchTargets(labels: [0, 1, 2, 0, 1, 2]), images: 6)
      network.backward(images: 6)
      network.descend(DescentStep(rate: 0.05), images: 6)
    }
    write(network)
    let logits = network.forward(images: 6, dropoutSeed: nil)
    let folded = try TrainingNetwork(rows, parameters: network.parameters, batch: 6, pool: pool)
    write(folded)
    let plain = folded.forward(images: 6, dropoutSeed: nil)
    for image in 0..<6 {
      for (first, second) in zip(logits.values(row: image), plain.values(row: image)) {
        #expect(abs(first - second) < 1e-4)
      }
    }
  }

  @Test("the norm of all gradients is that of the step they make")
  func gradientNorm() throws {
    let rows = try Self.architecture.summary()
    let before = Initialization.parameters(rows, seed: 3)
    let network = try TrainingNetwork(rows, parameters: before, batch: 5, pool: pool)
    for image in 0..<5 {
      var random = RandomStream(seed: UInt64(image), .noise)
      network.trunk?.withInput(image) { span in
        for index in 0..<span.count { span[index] = Float(random.normal()) }
      }
    }
    network.forward(images: 5, dropoutSeed: 1)
    _ = network.losses(BatchTargets(labels: [0, 1, 2, 0, 1]), images: 5)
    network.backward(images: 5)
    let norm = network.gradientNorm(images: 5)
    network.descend(DescentStep(rate: 1, momentum: 0), images: 5)
    var squares = 0.0
    for (name, values) in network.parameters {
      for (old, new) in zip(before[name] ?? [], values) {
        squares += Double(old - new) * Double(old - new)
      }
    }
    #expect(abs(norm - squares.squareRoot()) < 1e-4 * norm)
  }
}
