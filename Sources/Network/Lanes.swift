import Architecture
import Kernels
import Threads

/// The pictures of a batch, and the layers before the fully connected ones that run on them.
///
/// A lane is one copy of these layers' memory. There is a lane for each thread of the pool where a
/// batch has enough pictures; each thread then computes pictures of its own. Else there is one
/// lane, and every layer is split over the threads.
final class Lanes<Element: BitwiseCopyable & Sendable> {
  private let trunks: [Trunk<Element>]
  /// The pictures: all of a batch, or, streaming, as many as run together.
  private let input: Map<Element>
  /// Takes what the last step gives.
  private let next: any TrunkReader<Element>
  private let pool: WorkerPool
  private let streaming: Bool
  /// When streaming: the pictures that have been written but not yet computed.
  private var staged: Range<Int> = 0..<0

  /// - Parameters:
  ///   - inputSize: height and width of a picture.
  ///   - streaming: keep no more pictures than run together.
  init(
    _ steps: [TrunkStep<Element>], inputSize: Int, next: any TrunkReader<Element>, batch: Int,
    pool: WorkerPool, streaming: Bool
  ) {
    let lanes = batch >= pool.threads && !streaming ? pool.threads : 1
    let share = (batch + lanes - 1) / lanes
    trunks = (0..<lanes).map { _ in Trunk(steps, limit: share) }
    input = Map(
      images: streaming ? trunks[0].images : batch, height: inputSize, width: inputSize,
      channels: Architecture.inputChannels, padding: steps.first?.layer.inputPadding ?? 0)
    self.next = next
    self.pool = pool
    self.streaming = streaming
  }

  /// Fills the border around every picture with copies of one pixel.
  func fillBorder(_ pixel: [Element]) { input.fillBorder(pixel) }

  /// Where picture `index` is to be written. Call ``finishPicture(_:)`` when that is done.
  func picture(_ index: Int) -> Map<Element> {
    guard streaming else { return input.image(index) }
    if index != staged.upperBound { staged = index..<index }
    return input.image(staged.count)
  }

  /// Streaming: runs the written pictures when there are enough of them.
  func finishPicture(_ index: Int) {
    guard streaming else { return }
    staged = staged.lowerBound..<index + 1
    if staged.count == trunks[0].images { runStaged() }
  }

  /// Runs the layers on pictures 0 to `count - 1`; streaming, on those that have not run.
  func run(count: Int) {
    if streaming {
      runStaged()
      staged = 0..<0
    } else {
      runAll(count: count)
    }
  }

  private func runStaged() {
    guard !staged.isEmpty else { return }
    trunks[0].run(
      input, images: 0..<staged.count, next: next, first: staged.lowerBound, pool: pool)
    staged = staged.upperBound..<staged.upperBound
  }

  private func runAll(count: Int) {
    let (input, next, trunks) = (input, next, trunks)
    guard trunks.count > 1, count >= trunks.count else {
      trunks[0].runInGroups(input, images: 0..<count, next: next, pool: pool)
      return
    }
    // Each lane gets an equal share.
    // SAFETY: each lane has its own memory, and reads and writes images of its own.
    unsafe pool.runUnchecked(trunks.count) { lane in
      let share = lane * count / trunks.count..<(lane + 1) * count / trunks.count
      trunks[lane].runInGroups(input, images: share, next: next, pool: nil)
    }
  }

  /// Sets every time to zero, and whether times are measured from now on.
  func resetTimes(enabled: Bool) {
    for trunk in trunks { trunk.times.reset(enabled: enabled) }
  }

  /// The steps' names with the seconds that each took: the mean over the lanes.
  var seconds: [(name: String, seconds: Double)] {
    trunks[0].steps.enumerated().map { index, step in
      (step.name, trunks.reduce(0) { $0 + $1.times.seconds[index] } / Double(trunks.count))
    }
  }
}

extension Lanes<Float> {
  /// By layer, the largest value that it gave for the image that ran last on the first lane.
  func layerMaxima() -> [String: Float] { trunks[0].layerMaxima() }

  /// What a layer gave for the image that ran last on the first lane; nil where no layer has this
  /// name.
  func layerOutput(_ layer: String) -> FeatureMap? { trunks[0].layerOutput(layer) }

  /// What a layer read for the image that ran last on the first lane; nil for the first layer.
  func layerInput(_ layer: String) -> FeatureMap? { trunks[0].layerInput(layer) }
}
