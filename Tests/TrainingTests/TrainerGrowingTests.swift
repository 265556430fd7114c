import Architecture
import Testing
import Training

/// Growing pictures and batch normalisation.
@Suite struct TrainerGrowingTests {
  private let small: SmallTraining

  init() throws { small = try SmallTraining() }

  /// Pictures of 11 pixels, then of 13, then of the network's own 17, with batch normalisation.
  private func growingSettings() -> TrainingSettings {
    var settings = small.settings(epochs: 14)
    settings.stages[0].sizes = [11, 13, 17]
    settings.stages[0].batchNormalization = true
    return settings
  }

  @Test("pictures grow in the course of a run, each size having half the epochs of the one before")
  func grows() throws {
    let outcome = try small.train(growingSettings(), in: "grows")
    #expect(outcome.sizes == Array(repeating: 11, count: 8) + [13, 13, 13, 13] + [17, 17])
    #expect((outcome.reports.map(\.validationAccuracy).max() ?? 0) > 0.8)
    // What is kept is the best at the network's own size.
    let again = try small.train(
      small.settings(epochs: 1, rate: 1e-9), in: "again", parameters: outcome.best)
    let last = outcome.reports.suffix(2).map(\.validationAccuracy).max() ?? 0
    #expect((again.reports.first?.validationAccuracy ?? 0) >= last)
  }

  @Test(
    "an interrupted run with growing pictures ends with the same bytes",
    arguments: [3, 48, 49, 50, 75])
  func resumesGrowing(steps: Int) throws {
    let whole = try small.train(growingSettings(), in: "whole")
    _ = try small.train(growingSettings(), in: "parts", stopAfter: steps)
    let rest = try small.train(growingSettings(), in: "parts", resuming: true)
    #expect(rest.end == .finished && rest.best == whole.best)
  }

  @Test("small pictures neither end a stage nor decide what is kept")
  func endsAtFullSize() throws {
    var settings = small.settings(epochs: 12, rate: 1e-9)
    settings.stages[0].sizes = [11, 17]
    settings.stages[0].patience = 1
    let outcome = try small.train(settings, in: "patience")
    #expect(outcome.reports.filter { $0.size == 11 }.count == 8)
    #expect(outcome.reports.last?.size == 17)
    #expect(outcome.reports.allSatisfy { $0.size == 17 || !$0.isBest })
  }

  @Test("a run whose time ends with small pictures is measured with those of use")
  func endsWithSmallPictures() throws {
    var settings = growingSettings()
    #expect(try small.train(settings, in: "run", stopAfter: 30).end == .stopped)
    settings.seconds = 1e-9
    let rest = try small.train(settings, in: "run", resuming: true)
    #expect(rest.end == .finished)
    // Thirty steps have changed every weight, and no network of small pictures was kept.
    let before = Initialization.parameters(try SmallTraining.architecture.summary(), seed: 5)
    #expect(rest.best != before)
  }

  @Test("batch normalisation changes nothing at first in a network that has learned")
  func normalizesLearned() throws {
    let learned = try small.train(small.settings(epochs: 12), in: "learned")
    let accuracy = learned.reports.map(\.validationAccuracy).max() ?? 0
    var normalized = small.settings(epochs: 1, rate: 1e-9)
    normalized.stages[0].batchNormalization = true
    normalized.batch = 45
    let outcome = try small.train(normalized, in: "normalized", parameters: learned.best)
    #expect(outcome.reports.first?.validationAccuracy == accuracy)
    let before = Initialization.parameters(try SmallTraining.architecture.summary(), seed: 5)
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
    var settings = small.settings(epochs: 3, rate: 3000)
    settings.stages[0].batchNormalization = true
    settings.stages[0].schedule.warmUp = 0
    settings.clipNorm = nil
    let outcome = try small.train(settings, in: "explodes")
    #expect(!outcome.events.isEmpty)
    #expect(outcome.reports.last?.validationLoss.isFinite == true)
  }
}
