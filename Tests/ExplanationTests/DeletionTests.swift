import Architecture
import Explanation
import Foundation
import Images
import Kernels
import ModelLibrary
import Network
import Preprocessing
import System
import Testing
import Threads

/// Whether the built-in model answers by what its maps show: without the hottest tenth of a photo,
/// the likeliest class loses more of its probability than without a random tenth.
///
/// A random tenth has the same shape at another place. Many small holes all over the photo would
/// make it unlike any photo, and take the probability of every class whatever they cover.
@Suite struct DeletionTests {
  private static let tests = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let archive = tests.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/data/tiny-imagenet-val-dev.tar")

  /// Asks for the test of 100 photos, and names the model to measure, such as `starter` or the file
  /// of one that may become the built-in model.
  private static let modelVariable = "ALEXNET_TEST_DELETION"

  /// How many random tenths a photo's hottest one is compared with: with their mean.
  private static let draws = 4

  private static let builtIn = "starter"
  private let isBuiltIn: Bool
  private let model: Model
  private let pool = WorkerPool(threads: 2)
  private let workspace: Workspace

  init() throws {
    let name = ProcessInfo.processInfo.environment[Self.modelVariable] ?? Self.builtIn
    isBuiltIn = name == Self.builtIn
    model = try ModelLibrary().open(name)
    workspace = Workspace(for: Plan(model.parameters, pool: pool), batch: 1, pool: pool)
  }

  private func explainer(_ method: ExplanationMethod) throws -> Explainer {
    try Explainer(
      ExplainedNetwork(model.parameters, preprocessing: model.preprocessing, method: method),
      pool: pool)
  }

  private static let gradCAM = ExplanationMethod.gradCAM(layer: "conv5")
  private static let occlusion = ExplanationMethod.occlusion(
    OcclusionWindows(size: 64, stride: 32))

  private var size: Int { model.parameters.architecture.inputSize }

  @Test(
    "of the repository's photos, the hottest tenth counts more than a random one",
    arguments: [gradCAM, occlusion])
  func fixtures(method: ExplanationMethod) throws {
    let explainer = try explainer(method)
    for name in ["cat.jpg", "coffee.png", "rocket.jpg"] {
      let bytes = try Data(contentsOf: Self.tests.appending(path: "Fixtures/photos/\(name)"))
      let countsMore = try hottestCountsMore(Array(bytes), explainer, seed: 0)
      withKnownIssue("the hottest cells are at the edges of the photo, and count little") {
        #expect(countsMore, "\(name)")
      } when: {
        name == "cat.jpg" && method == Self.gradCAM && isBuiltIn
      }
    }
  }

  // The built-in model is right on a quarter of these photos. Where it is unsure, Grad-CAM's
  // hottest tenth is often not the one that it misses most. It was on 84 of these photos, so that
  // this test fails with the present built-in model; with others it was on 80 to 91.
  @Test(
    "on most of 100 photos, the hottest tenth counts more than a random one",
    .enabled(
      if: ProcessInfo.processInfo.environment[modelVariable] != nil
        && FileManager.default.fileExists(atPath: archive.path),
      "takes minutes: 'make test-interop' runs it, where ../shared/data has its photos"),
    arguments: [
      (gradCAM, 90), (occlusion, 95),
    ] as [(ExplanationMethod, Int)])
  func hundred(method: ExplanationMethod, least: Int) throws {
    let explainer = try explainer(method)
    var members: [TarMember] = []
    var reader = try TarReader(opening: RawPath(Self.archive.path))
    while let member = try reader.next() {
      if member.kind == .file { members.append(member) }
    }
    try #require(members.count >= 100)
    let file = try RandomAccessFile(opening: RawPath(Self.archive.path))
    var count = 0
    for photo in 0..<100 {
      // Of as many classes as possible: the archive has a folder for each class.
      let member = members[photo * members.count / 100]
      var bytes: [UInt8] = []
      _ = try file.read(at: member.offset, count: member.count, into: &bytes)
      if try hottestCountsMore(bytes, explainer, seed: photo) { count += 1 }
    }
    print("\(method): the hottest tenth counts more on \(count) of 100 photos")
    #expect(count >= least)
  }

  private func hottestCountsMore(
    _ bytes: [UInt8], _ explainer: Explainer, seed: Int
  ) throws -> Bool {
    let decoded = try ImageDecoder(bytes.span, options: DecodeOptions()).decode(bytes.span)
    let image = try model.preprocessing.pixels(from: decoded)
    var input = [Float](repeating: 0, count: size * size * 3)
    var span = input.mutableSpan
    model.preprocessing.normalize(image, into: &span)
    let evidence = explainer.evidence(input: input, classes: nil)
    let found = evidence.classes[0]
    let centres = (0..<size).map { Double($0) + 0.5 }
    let values = found.map.sampled(columns: centres, rows: centres)
    let tenth = size * size / 10
    let hottest = Array(values.indices.sorted { values[$0] > values[$1] }.prefix(tenth))
    func loss(_ pixels: [Int]) -> Float {
      evidence.probabilities[found.index]
        - probability(without: pixels, of: input, class: found.index)
    }
    var generator = Generator(state: UInt64(seed))
    let random = (0..<Self.draws).map { _ -> Float in
      let right = Int.random(in: 0..<size, using: &generator)
      let down = Int.random(in: 0..<size, using: &generator)
      return loss(
        hottest.map { ($0 / size + down) % size * size + ($0 % size + right) % size })
    }
    return loss(hottest) > random.reduce(0, +) / Float(Self.draws)
  }

  private func probability(without pixels: [Int], of input: [Float], class index: Int) -> Float {
    workspace.withInput(0) { picture in
      for value in input.indices { picture[value] = input[value] }
      for pixel in pixels {
        for channel in 0..<3 { picture[pixel * 3 + channel] = 0 }
      }
    }
    workspace.forward(count: 1)
    return workspace.probabilities(0)[index]
  }

  /// SplitMix64 (Steele, Lea and Flood, 2014).
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      return value ^ value >> 31
    }
  }
}
