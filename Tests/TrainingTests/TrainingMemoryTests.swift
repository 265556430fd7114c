import Foundation
import Testing
import Training

@Suite struct TrainingMemoryTests {
  private let small: SmallTraining

  init() throws {
    small = try SmallTraining()
  }

  @Test(
    "features that have no room in memory are computed each time, with the same result",
    arguments: [
      // The outputs of 4 layers are 16 numbers of 4 bytes; there are 3 views of each of 45 photos,
      // and 30 photos to measure with.
      (0, "0 of 165 features"), (64 * 50, "50 of 165 features"),
      (64 * 165 - 1, "164 of 165 features"),
    ])
  func withoutRoom(memory: Int, event: String) throws {
    let settings = small.settings(epochs: 4, frozen: 4)
    let kept = try small.train(settings, in: "kept", featureMemory: 64 * 165)
    let computed = try small.train(settings, in: "computed", featureMemory: memory)
    #expect(kept.events == [])
    #expect(computed.events == [event])
    #expect(computed.best == kept.best)
    #expect(computed.reports.map(\.trainingLoss) == kept.reports.map(\.trainingLoss))
  }

  @Test("a photo that can no longer be read is not learned", arguments: [Int.max, 0, 64 * 70])
  func lostPhotos(memory: Int) throws {
    let outcome = try small.train(
      small.settings(epochs: 2, frozen: 4), in: "run", featureMemory: memory,
      keepsPictures: false, lost: [3, 17, 31, 50])
    #expect(outcome.end == .finished)
    #expect(outcome.images == 42)
    // Of 30 photos to measure with, of which one counts as wrong.
    let report = try #require(outcome.reports.last)
    let right = report.validationAccuracy * 30
    #expect(abs(right - right.rounded()) < 1e-9)
    #expect(right > 0 && right <= 29)
    #expect(outcome.events.filter { $0 == "unreadable" }.count == 4)
  }

  @Test("the pictures of the next step, and no others, are read while the network runs")
  func readsAhead() throws {
    var steps = 0
    let outcome = try small.train(
      small.settings(epochs: 1), in: "run", keepsPictures: false
    ) { _ in
      steps += 1
      guard steps == 1 else { return }
      // Long enough for 8 small photos, also on a busy machine.
      Thread.sleep(forTimeInterval: 3)
      for seed in 0..<45 { #expect(throws: Never.self) { try small.removePhoto(UInt64(seed)) } }
    }
    // 45 photos are 6 steps of 7 or 8 photos each.
    #expect(steps == 6)
    #expect((14...16).contains(outcome.images))
    #expect(outcome.events.count == 45 - outcome.images)
  }

  @Test("photos whose pictures are in memory are read once")
  func readsOnce() throws {
    var settings = small.settings(epochs: 3)
    settings.batch = 45
    let outcome = try small.train(settings, in: "run") { progress in
      guard progress.epoch == 0 else { return }
      for seed in 0..<45 { #expect(throws: Never.self) { try small.removePhoto(UInt64(seed)) } }
    }
    #expect(outcome.images == 45)
    #expect(outcome.events.isEmpty)
  }

  @Test("as many pictures are kept as there is room for, and no more")
  func pictures() throws {
    // A picture of 24 x 20 pixels has these bytes.
    let size = 24 * 20 * 3
    for (memory, kept) in [(0, 0), (size * 7, 7), (size * 8 - 1, 7), (1 << 24, 45)] {
      let photos = try small.photos(0..<45, memory: memory)
      #expect(photos.pictureBytes == size * kept)
      #expect(photos.keepingPictures(atMost: size * 5 + 1).pictureBytes == size * min(kept, 5))
    }
  }
}
