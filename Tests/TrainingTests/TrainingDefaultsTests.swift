import Architecture
import Testing
import Training

@Suite struct TrainingDefaultsTests {
  private func stages(
    frozen: Int? = nil, photos: Int = 1000, isNew: Bool = true, fromScratch: Bool = false
  ) -> [TrainingStage] {
    TrainingDefaults(
      architecture: .alexnet, photos: photos, isFromScratch: fromScratch, frozenLayers: frozen,
      hasNewLastLayer: isNew
    ).stages
  }

  @Test("first the last layer, then all; or what the user wants, in one stage")
  func choosesLayers() {
    let count = Architecture.alexnet.layers.count
    #expect(stages().map(\.frozenLayers) == [count - 1, 0])
    #expect(stages(frozen: 0).map(\.frozenLayers) == [0])
    #expect(stages(frozen: 8).map(\.frozenLayers) == [8])
    let fromScratch = stages(fromScratch: true)
    #expect(fromScratch.map(\.frozenLayers) == [0] && fromScratch[0].batchNormalization)
    #expect(fromScratch[0].sizes == [131, 163, 227])
  }

  @Test("a new last layer that learns together with others has ten times their rate")
  func lastLayerRate() {
    let count = Architecture.alexnet.layers.count
    #expect(stages().map(\.lastLayerRateFactor) == [1, 1])
    #expect(stages(frozen: 0).map(\.lastLayerRateFactor) == [10])
    #expect(stages(frozen: 8).map(\.lastLayerRateFactor) == [10])
    #expect(stages(frozen: count - 1).map(\.lastLayerRateFactor) == [1])
    #expect(stages(frozen: 0, isNew: false).map(\.lastLayerRateFactor) == [1])
  }

  @Test("few photos are seen more often, and in more views")
  func dependsOnPhotos() {
    for (photos, epochs, views) in [
      (30, [60, 30], 8), (1000, [30, 20], 8), (100_000, [10, 3], 1),
    ] {
      #expect(stages(photos: photos).map(\.epochs) == epochs)
      #expect(stages(photos: photos)[0].views == views)
    }
  }

  @Test("the recipe of the paper has its settings")
  func paper() {
    // Krizhevsky, Sutskever and Hinton 2012, sections 4.1 and 5.
    var settings = TrainingSettings(stages: stages(fromScratch: true))
    settings.usePaperRecipe()
    #expect(settings.batch == 128 && settings.momentum == 0.9 && settings.weightDecay == 0.0005)
    #expect(settings.initialDeviation == 0.01 && settings.biasRateFactor == 2)
    let stage = settings.stages[0]
    #expect(stage.epochs == 90 && stage.schedule.rate == 0.01)
    #expect(stage.sizes.isEmpty && !stage.batchNormalization)
    let changes = settings.augmentation
    #expect(changes.flip == 0.5 && changes.colorShift == 0.1)
    #expect([changes.rotation, changes.brightness, changes.contrast].allSatisfy { $0 == 0 })
    #expect(changes.crop?.aspect == 1...1)
  }
}
