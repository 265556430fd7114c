import Architecture
import System
import Testing
import Training

/// Pruning and averaged weights.
@Suite struct TrainerPruningTests {
  private let small: SmallTraining

  init() throws { small = try SmallTraining() }

  @Test("averages and pruning go on after an interruption as if nothing had happened")
  func resumesAveragesAndPruning() throws {
    var settings = small.settings(epochs: 4)
    settings.averageDecay = 0.9
    settings.stages[0].batchNormalization = true
    settings.stages[0].sizes = [13, 17]
    settings.stages[0].pruning = GradualPruning(["hidden": 0.25, "classes": 0.5])
    let whole = try small.train(settings, in: "whole")
    for steps in [1, 8, 13, 17, 22] {
      let name = "parts \(steps)"
      #expect(try small.train(settings, in: name, stopAfter: steps).end == .stopped)
      let rest = try small.train(settings, in: name, resuming: true)
      #expect(rest.best == whole.best, "stopped after \(steps) steps")
    }
  }

  @Test("the average is what is measured and kept, and it is the one that its formula gives")
  func averages() throws {
    var settings = small.settings(epochs: 1)
    settings.batch = 45
    settings.averageDecay = 0.5
    settings.stages[0].schedule = Schedule(rate: 0.05, shape: .step(factor: 1, at: []))
    let before = Initialization.parameters(try SmallTraining.architecture.summary(), seed: 5)
    let averaged = try small.train(settings, in: "averaged").best
    settings.averageDecay = nil
    let plain = try small.train(settings, in: "plain").best
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
    var settings = small.settings(epochs: 12)
    settings.averageDecay = 0.9
    settings.stages[0].batchNormalization = true
    let outcome = try small.train(settings, in: "averaged")
    let best = outcome.reports.map(\.validationAccuracy).max() ?? 0
    #expect(best > 0.9)
    let again = try small.train(
      small.settings(epochs: 1, rate: 1e-9), in: "again", parameters: outcome.best)
    #expect(again.reports.first?.validationAccuracy == best)
  }

  @Test("pruning leaves the wanted shares, and zeros stay zero", arguments: [nil, 0.9])
  func prunes(decay: Double?) throws {
    var settings = small.settings(epochs: 10)
    settings.averageDecay = decay
    settings.stages[0].pruning = GradualPruning(["hidden": 0.25, "classes": 0.5])
    let outcome = try small.train(settings, in: "pruned")
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
    let again = try small.train(settings, in: "again", parameters: outcome.best)
    for name in ["hidden.weight", "classes.weight"] {
      let (old, new) = (outcome.best[name] ?? [], again.best[name] ?? [])
      #expect(zip(old, new).allSatisfy { ($0 == 0) == ($1 == 0) })
    }
  }

  @Test("a stage of one step ends pruned, and so does one whose time is over at once")
  func prunesShortStages() throws {
    var settings = small.settings(epochs: 1)
    settings.batch = 45
    settings.stages[0].pruning = GradualPruning(["hidden": 0.25])
    for seconds in [nil, 1e-9] {
      settings.seconds = seconds
      let best = try small.train(settings, in: "short \(seconds ?? 0)").best["hidden.weight"] ?? []
      #expect(best.count { $0 != 0 } == best.count / 4)
    }
  }

  @Test("the share of weights that stays falls along the cubic curve to its end")
  func pruningCurve() {
    #expect(GradualPruning.level(at: 0) == 0 && GradualPruning.level(at: .nan) == 0)
    #expect(GradualPruning.level(at: 0.3) == 50)
    #expect(GradualPruning.level(at: 0.6) == 100 && GradualPruning.level(at: 1) == 100)
    #expect(GradualPruning.share(0.2, level: 0) == 1)
    // Zhu and Gupta: sparsity = 0.8 - 0.8 * (1 - 1/2)^3 = 0.7.
    #expect(abs(GradualPruning.share(0.2, level: 50) - 0.3) < 1e-12)
    #expect(GradualPruning.share(0.2, level: 100) == 0.2)
  }
}
