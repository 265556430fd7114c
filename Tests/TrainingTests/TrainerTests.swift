import Architecture
import Foundation
import JSON
import Network
import System
import Testing
import Training

@Suite struct TrainerTests {
  private let small: SmallTraining

  init() throws { small = try SmallTraining() }

  @Test("classes that differ in colour are learned, and the best network is kept")
  func learns() throws {
    let outcome = try small.train(small.settings(epochs: 12), in: "run")
    let accuracies = outcome.reports.map(\.validationAccuracy)
    #expect(accuracies.count == 12)
    #expect((accuracies.max() ?? 0) > 0.9)
    // The kept network gives the best accuracy again, as if validated alone.
    let again = try small.train(
      small.settings(epochs: 1, rate: 1e-9), in: "again", parameters: outcome.best)
    #expect(again.reports.first?.validationAccuracy == accuracies.max())
  }

  /// What the same steps give each time.
  private func results(_ reports: [EpochReport]) -> [[Double]] {
    reports.map { report in
      [
        Double(report.epoch), report.trainingLoss, report.validationLoss,
        report.validationAccuracy, report.rate,
      ]
    }
  }

  @Test("an interrupted run that goes on ends with the same bytes", arguments: [1, 7, 11, 12, 20])
  func resumes(steps: Int) throws {
    let settings = small.settings(epochs: 4)
    let whole = try small.train(settings, in: "whole")
    let first = try small.train(settings, in: "parts", stopAfter: steps)
    #expect(first.end == .stopped)
    let rest = try small.train(settings, in: "parts", resuming: true)
    #expect(rest.end == .finished)
    #expect(rest.best == whole.best)
    #expect(results(first.reports + rest.reports) == results(whole.reports))
  }

  @Test("a run goes on from the checkpoint between the last step of an epoch and its end")
  func resumesAfterLastStep() throws {
    var settings = small.settings(epochs: 3)
    settings.stages[0].schedule.shape = .cosine(floor: 0.1)
    let whole = try small.train(settings, in: "whole", checkpointInterval: .zero) { progress in
      if progress.epoch == 1, progress.images == progress.imagesOfEpoch {
        try? FileManager.default.copyItem(
          atPath: small.folder.path.appending("whole").repaired,
          toPath: small.folder.path.appending("copy").repaired)
      }
    }
    let rest = try small.train(settings, in: "copy", resuming: true)
    #expect(rest.best == whole.best)
    #expect(results(rest.reports) == results(Array(whole.reports.suffix(2))))
  }

  @Test("an epoch that has begun is measured, even if the time was over at the checkpoint")
  func measuresBegunEpoch() throws {
    var settings = small.settings(epochs: 5)
    #expect(try small.train(settings, in: "run", stopAfter: 9).end == .stopped)
    settings.seconds = 1e-9
    let rest = try small.train(settings, in: "run", resuming: true)
    #expect(rest.end == .finished)
    // Of the second epoch, three steps were taken.
    #expect(rest.reports.map(\.epoch) == [2])
  }

  /// A training whose rate grows until the loss explodes.
  private func explodingSettings() -> TrainingSettings {
    var settings = small.settings(epochs: 12, rate: 1)
    settings.stages[0].schedule.warmUp = 0.9
    settings.clipNorm = nil
    return settings
  }

  /// What else a training may have to take back.
  enum Explosion: CaseIterable {
    case plain, averagesAndPruning, sizesAndNormalization, secondStage
  }

  private func settings(_ explosion: Explosion) -> TrainingSettings {
    var settings = explodingSettings()
    switch explosion {
    case .plain: break
    case .averagesAndPruning:
      settings.averageDecay = 0.9
      settings.stages[0].pruning = GradualPruning(["hidden": 0.3])
    case .sizesAndNormalization:
      settings.stages[0].sizes = [11, 17]
      settings.stages[0].batchNormalization = true
      settings.stages[0].schedule.rate = 100
    case .secondStage:
      settings.stages.insert(small.settings(epochs: 2, frozen: 4).stages[0], at: 0)
      settings.stages[1].schedule.rate = 30
    }
    return settings
  }

  @Test(
    "a run that is stopped or killed around a step that is taken back ends with the same bytes",
    arguments: Explosion.allCases)
  func resumesAroundExplosion(explosion: Explosion) throws {
    let settings = settings(explosion)
    let whole = try small.train(settings, in: "whole")
    // What the test is about happens.
    try #require(!whole.stepsTakenBack.isEmpty)
    let explosions = [whole.stepsTakenBack.first, whole.stepsTakenBack.last].compactMap(\.self)
    let steps = Set(explosions.flatMap { [max(1, $0 - 1), $0 + 1] }).sorted()
    for step in steps {
      let first = try small.train(settings, in: "parts", stopAfter: step)
      #expect(first.end == .stopped)
      let rest = try small.train(settings, in: "parts", resuming: true)
      #expect(rest.best == whole.best, "stopped after \(step)")
      #expect(results(first.reports + rest.reports) == results(whole.reports))
    }
    // Copies of the folder are what a killed run leaves.
    let folder = small.folder.path
    func copyName(_ step: Int) -> String { "copy-\(step)" }
    var taken = 0
    for interval in [Duration.seconds(600), .zero] {
      taken = 0
      let again = try small.train(settings, in: "whole", checkpointInterval: interval) { _ in
        taken += 1
        guard steps.contains(taken) else { return }
        try? FileManager.default.copyItem(
          atPath: folder.appending("whole").repaired,
          toPath: folder.appending(copyName(taken)).repaired)
      }
      #expect(again.best == whole.best)
      for step in steps {
        let rest = try small.train(settings, in: copyName(step), resuming: true)
        #expect(rest.best == whole.best, "killed after \(step)")
        #expect(
          results(rest.reports) == results(Array(whole.reports.suffix(rest.reports.count))))
        try FileManager.default.removeItem(atPath: folder.appending(copyName(step)).repaired)
      }
    }
  }

  /// The JSON text at the beginning of a checkpoint.
  private func header(_ file: Data) -> String {
    let count = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return String(decoding: file.dropFirst(8).prefix(count), as: UTF8.self)
  }

  /// How many epochs and steps of the next one are over at a checkpoint; nil where there is none.
  private func position(_ name: String, in run: String) -> [Int]? {
    let file = small.folder.path.appending(run).appending("\(name).safetensors").repaired
    guard let bytes = FileManager.default.contents(atPath: file) else { return nil }
    let header = try? JSONValue.parse(header(bytes))
    guard let text = header?["__metadata__"]?["position"]?.string,
      let position = try? JSONValue.parse(text), let epochs = position["epochsDone"]?.integer,
      let step = position["step"]?.integer
    else { return nil }
    return [epochs, step]
  }

  @Test("there is a checkpoint at the end of each epoch, and one at that of the best")
  func savesCheckpoints() throws {
    let idle = try small.train(small.settings(epochs: 1, rate: 1e-12), in: "idle")
    let atFirst = try #require(idle.reports.first).validationAccuracy
    var settings = small.settings(epochs: 12, rate: 0.1)
    settings.clipNorm = nil
    var found: [[Int]?] = []
    var best: [Int?] = []
    var bestFiles = 0
    let outcome = try small.train(settings, in: "run") { progress in
      let checkpoint = position("checkpoint", in: "run")
      found.append(
        [checkpoint, position("interim", in: "run")].compactMap(\.self).max { $0[0] < $1[0] })
      best.append(checkpoint?[0])
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: small.folder.path.appending("run").repaired)
      bestFiles = max(bestFiles, (names ?? []).count { $0.hasPrefix("best-") })
    }
    // Six steps an epoch.
    #expect(found == (0..<12).flatMap { Array(repeating: [$0, 0], count: 6) })
    var (expected, highest): ([Int?], Double) = ([], atFirst)
    var epoch = 0
    for (number, report) in outcome.reports.enumerated() {
      expected += Array(repeating: epoch, count: 6)
      if report.validationAccuracy > highest {
        (epoch, highest) = (number + 1, report.validationAccuracy)
      }
    }
    #expect(best == expected)
    // Both are needed, and one of them may be that of the best network of all.
    #expect(bestFiles <= 2)
  }

  @Test("a run goes on from the later of two checkpoints")
  func latestCheckpoint() throws {
    let settings = small.settings(epochs: 4)
    let whole = try small.train(settings, in: "whole")
    let store = TrainingFolder(small.folder.path.appending("parts"))
    let interim = store.path.appending("interim.safetensors").repaired
    let copy = small.folder.path.appending("copy").repaired
    #expect(try small.train(settings, in: "parts", stopAfter: 8).end == .stopped)
    #expect(position("interim", in: "parts") == [1, 2])
    try FileManager.default.copyItem(atPath: interim, toPath: copy)
    let second = try small.train(settings, in: "parts", resuming: true, stopAfter: 5)
    #expect(second.end == .stopped)
    #expect(position("interim", in: "parts") == [2, 1])
    // A run that is killed between the two steps of saving leaves one that is older.
    try FileManager.default.removeItem(atPath: interim)
    try FileManager.default.copyItem(atPath: copy, toPath: interim)
    #expect(try store.epochsDone() == 2)
    let rest = try small.train(settings, in: "parts", resuming: true)
    #expect(rest.best == whole.best)
    #expect(rest.reports.map(\.epoch) == [3, 4])
    try store.removeCheckpoints()
    #expect(!store.hasCheckpoint)
  }

  @Test("epochs that come again after a step was taken back are in the log once")
  func logsEpochsOnce() throws {
    let store = TrainingFolder(small.folder.path.appending("explodes"))
    try store.begin([:])
    let log = TrainingLog(store, run: [:], continuingAfter: nil)
    var reports: [Int] = []
    let trainer = try Trainer(
      TrainingStart(
        architecture: SmallTraining.architecture,
        parameters: Initialization.parameters(try SmallTraining.architecture.summary(), seed: 5),
        preprocessing: small.preprocessing, hasLearned: false),
      training: try small.photos(0..<45), validation: try small.photos(45..<75),
      settings: explodingSettings(),
      reader: small.reader, folder: store, pool: small.pool, stop: StopFlag()
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
    try #require(reports.count > 12)
    func epochs() throws -> [Int] {
      let file = small.folder.path.appending("explodes").appending("log.jsonl").repaired
      return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        .compactMap { try JSONValue.parse(String($0))["epoch"]?.integer }
    }
    #expect(try epochs() == Array(1...12))
    // A run that goes on keeps the lines of steps that were taken back.
    try TrainingLog(store, run: [:], continuingAfter: 4).add(result: [:])
    #expect(try epochs() == Array(1...4))
    let text = try String(
      contentsOfFile: small.folder.path.appending("explodes").appending("log.jsonl").repaired,
      encoding: .utf8)
    #expect(text.contains("step_taken_back"))
  }

  @Test("steps that are taken back are in the log once, also where a run comes to them again")
  func logsOnce() throws {
    let store = TrainingFolder(small.folder.path.appending("log"))
    try store.begin([:])
    func lines() throws -> [JSONValue] {
      let file = store.path.appending("log.jsonl").repaired
      return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        .map { try JSONValue.parse(String($0)) }.filter { $0["run"] == nil }
    }
    var log = TrainingLog(store, run: [:], continuingAfter: nil)
    for (epoch, factor) in [(0, 0.5), (3, 0.25), (3, 0.125), (5, 0.0625)] {
      try log.add(stepTakenBack: factor, backTo: epoch)
    }
    let all = try lines()
    #expect(all.count == 4)
    // From the checkpoint after the third epoch on, what came after it comes again.
    log = TrainingLog(store, run: [:], continuingAfter: 3)
    try log.add(stepTakenBack: 0.25, backTo: 3)
    #expect(try lines() == Array(all.prefix(2)))
    try log.add(stepTakenBack: 0.125, backTo: 3)
    try log.add(stepTakenBack: 0.0625, backTo: 5)
    #expect(try lines() == all)
  }

  @Test(
    "a checkpoint with numbers that no training has is damaged",
    arguments: [
      ("size", "549755813888"), ("size", "14"), ("epoch", "-1"), ("rateFactor", "1e300"),
      ("seconds", "-1"), ("reductions", "9223372036854775807"),
      ("epochsSinceBest", "9223372036854775807"),
    ])
  func refusesNumbers(name: String, value: String) throws {
    let settings = small.settings(epochs: 2)
    #expect(try small.train(settings, in: "run", stopAfter: 2).end == .stopped)
    let file = URL(
      filePath: small.folder.path.appending("run").appending("interim.safetensors").repaired)
    let bytes = try Data(contentsOf: file)
    let header = header(bytes)
    let changed = header.replacing(
      try Regex("(\\\\\"\(name)\\\\\": ?)[-+.e0-9]+"),
      with: { "\($0.output[1].substring ?? "")\(value)" })
    #expect(changed != header)
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: changed.utf8.count >> (8 * $0)) })
    try (length + Data(changed.utf8) + bytes[(8 + header.utf8.count)...]).write(to: file)
    #expect {
      try small.train(settings, in: "run", resuming: true)
    } throws: { error in
      "\(error)".contains("is damaged")
    }
  }

  @Test("a log with numbers that cannot be drawn costs nothing but their curve")
  func drawsNoHugeNumbers() throws {
    let store = TrainingFolder(small.folder.path.appending("huge"))
    try store.begin([:])
    let line =
      #"{"epoch":1,"training_loss":1.5e308,"validation_loss":1,"validation_accuracy":0.5}"#
    try store.write("log.jsonl", Array("\(line)\n".utf8))
    let log = TrainingLog(store, run: [:], continuingAfter: 1)
    try log.drawCurves()
    try log.add(result: [:])
    let text = try String(
      contentsOfFile: small.folder.path.appending("huge").appending("log.jsonl").repaired,
      encoding: .utf8)
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test("any number of threads gives the same bytes")
  func threads() throws {
    var settings = small.settings(epochs: 2)
    settings.averageDecay = 0.9
    settings.stages[0].pruning = GradualPruning(["hidden": 0.3])
    let one = try small.train(settings, in: "one", threads: 1)
    let three = try small.train(settings, in: "three", threads: 3)
    #expect(one.best == three.best)
  }

  @Test("layers that are frozen keep their weights, and the others change", arguments: [3, 4])
  func freezes(frozen: Int) throws {
    let before = Initialization.parameters(try SmallTraining.architecture.summary(), seed: 5)
    let outcome = try small.train(small.settings(epochs: 8, frozen: frozen), in: "frozen")
    #expect((outcome.reports.map(\.validationAccuracy).max() ?? 0) > 0.5)
    let layers = SmallTraining.architecture.layers.enumerated()
    for (index, layer) in layers where before[layer.weightName] != nil {
      #expect((outcome.best[layer.weightName] == before[layer.weightName]) == (index < frozen))
    }
  }

  /// First the last layer, then all.
  private func twoStages(rate: Double) -> TrainingSettings {
    var settings = small.settings(epochs: 4, frozen: 4)
    settings.stages += small.settings(epochs: 4, rate: rate).stages
    return settings
  }

  @Test("a second stage that does not help leaves the result of the first one")
  func keepsFirstStage() throws {
    let learned = try small.train(small.settings(epochs: 12), in: "learned").best
    let first = try small.train(
      small.settings(epochs: 4, frozen: 4), in: "first", parameters: learned)
    let before = first.reports.map(\.validationAccuracy).max()
    // At this rate the network forgets what it knows.
    let both = try small.train(twoStages(rate: 2), in: "both", parameters: learned)
    let second = both.reports.filter { $0.stage == 1 }
    #expect(second.count >= 4 && second.allSatisfy { !$0.isBest })
    #expect(both.best == first.best)
    #expect(both.reports.map(\.validationAccuracy).max() == before)
  }

  @Test(
    "a run of two stages that was interrupted ends with the same bytes",
    arguments: [5, 23, 24, 25, 40])
  func resumesStages(steps: Int) throws {
    let whole = try small.train(twoStages(rate: 0.05), in: "whole")
    #expect(whole.reports.map(\.stage) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(try small.train(twoStages(rate: 0.05), in: "parts", stopAfter: steps).end == .stopped)
    let rest = try small.train(twoStages(rate: 0.05), in: "parts", resuming: true)
    #expect(rest.end == .finished && rest.best == whole.best)
  }

  @Test("a stage ends when validation has not improved for so many epochs", arguments: [1, 3])
  func endsEarly(patience: Int) throws {
    let learned = try small.train(small.settings(epochs: 12), in: "learned").best
    var settings = small.settings(epochs: 20, rate: 1e-12)
    settings.stages[0].patience = patience
    let outcome = try small.train(settings, in: "idle", parameters: learned)
    #expect(outcome.reports.count == patience)
  }

  @Test("a photo of which a network is sure that it shows something else is no explosion")
  func learnsFromMistakes() throws {
    let learned = try small.train(small.settings(epochs: 30), in: "learned").best
    var settings = small.settings(epochs: 1, rate: 1e-6)
    settings.batch = 1
    // It is nearly sure that everything is of the first class.
    var confident = learned
    confident["classes.bias"]?[0] += 30
    let outcome = try small.train(settings, in: "alone", parameters: confident)
    #expect(outcome.events.isEmpty)
    #expect(outcome.reports.count == 1)
  }

  @Test("a rate that explodes is halved, and the network stays finite")
  func takesBack() throws {
    var settings = small.settings(epochs: 3, rate: 30)
    settings.clipNorm = nil
    let outcome = try small.train(settings, in: "explodes")
    #expect(!outcome.events.isEmpty)
    #expect(outcome.best.values.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test("balanced classes count the same, however many photos they have")
  func balances() throws {
    var settings = small.plainSettings(epochs: 1, rate: 1e-12)
    func loss(_ seeds: [UInt64]) throws -> Double {
      let outcome = try small.train(settings, on: seeds, in: "run")
      return try #require(outcome.reports.first).trainingLoss
    }
    let photos: [[UInt64]] = [Array(stride(from: 0, to: 45, by: 3)), [1, 4], [2]]
    let losses = try photos.map(loss)
    let all = photos.flatMap(\.self)
    let plain = (losses[0] * 15 + losses[1] * 2 + losses[2]) / 18
    #expect(abs(try loss(all) - plain) < 1e-6)
    settings.balancesClasses = true
    #expect(abs(try loss(all) - losses.reduce(0, +) / 3) < 1e-6)
    #expect(abs(losses.reduce(0, +) / 3 - plain) > 1e-3)
  }

  @Test("a teacher counts as much as its weight says, and the labels count the rest")
  func weighsTeacher() throws {
    let classes = ["red", "green", "blue"].map { ClassLabel(wnid: nil, label: $0) }
    var teacher = try TeacherTargets(outputs: classes, classes: classes)
    for seed in 0..<45 as Range<UInt64> {
      teacher.add(small.path(seed), outputs: [0.9, 0.08, 0.02])
    }
    var settings = small.plainSettings(epochs: 1, rate: 1e-12)
    // Otherwise a network that knows nothing gives all classes the same.
    let learned = try small.train(small.settings(epochs: 4), in: "learned").best
    func loss(_ weight: Double) throws -> Double {
      settings.teacherWeight = weight
      let outcome = try small.train(settings, in: "run", parameters: learned, teacher: teacher)
      return try #require(outcome.reports.first).trainingLoss
    }
    let labels = try #require(
      try small.train(settings, in: "run", parameters: learned).reports.first
    ).trainingLoss
    let (none, quarter, all) = (try loss(0), try loss(0.25), try loss(1))
    #expect(abs(none - labels) < 1e-6)
    #expect(abs(quarter - (0.75 * labels + 0.25 * all)) < 1e-5)
    #expect(abs(all - labels) > 0.1)
  }

  @Test("a plateau divides the rate when validation has not improved for so many epochs")
  func plateau() throws {
    var settings = small.settings(epochs: 6)
    settings.stages[0].schedule = Schedule(
      rate: 1e-12, shape: .plateau(factor: 0.1, patience: 2), warmUp: 0)
    let rates = try small.train(settings, in: "run").reports.map { $0.rate * 1e12 }
    for (rate, expected) in zip(rates, [1, 1, 1, 0.1, 0.1, 0.01]) {
      #expect(abs(rate - expected) < 1e-9)
    }
    #expect(rates.count == 6)
  }

  @Test("gradients are scaled down to the largest norm")
  func clips() throws {
    var settings = small.plainSettings(epochs: 8, rate: 0.05)
    func losses(_ clip: Double?) throws -> [Double] {
      settings.clipNorm = clip
      return try small.train(settings, in: "run").reports.map(\.validationLoss)
    }
    let free = try losses(nil)
    let clipped = try losses(1e-6)
    #expect(try losses(1e6) == free)
    // With next to no gradient, only weight decay changes the network.
    #expect((clipped.max() ?? 0) - (clipped.min() ?? 0) < 0.01)
    #expect((free.first ?? 0) - (free.last ?? 0) > 0.05)
  }

  @Test("where steps are taken back, the rate is halved each time, and the best network stays")
  func keepsBest() throws {
    let outcome = try small.train(explodingSettings(), in: "explodes")
    #expect(outcome.rateFactors == outcome.rateFactors.indices.map { pow(0.5, Double($0 + 1)) })
    // What the test is about has happened: there was a best network before a step was taken back.
    let firstBest = try #require(outcome.reports.first { $0.isBest && $0.validationAccuracy > 0.5 })
    try #require((outcome.epochsTakenBack.last ?? 0) > firstBest.epoch)
    let best = try #require(outcome.reports.map(\.validationAccuracy).max())
    let again = try small.train(
      small.settings(epochs: 1, rate: 1e-12), in: "idle", parameters: outcome.best)
    #expect(again.reports.first?.validationAccuracy == best)
  }

  @Test("a checkpoint of other data or settings is refused, and says what differs")
  func refusesOthers() throws {
    let store = TrainingFolder(small.folder.path.appending("other"))
    _ = try small.train(small.settings(epochs: 2), in: "other", stopAfter: 2)
    var changed = small.settings(epochs: 2)
    changed.momentum = 0.5
    #expect(
      throws: TrainingError.otherRun(
        folder: store.path, differences: ["settings.momentum was 0.9, and is now 0.5"])
    ) { try store.check(["settings": changed.json]) }
    try store.check(["settings": small.settings(epochs: 2).json])
  }
}
