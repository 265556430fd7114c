import Architecture
import Kernels
import Threads

/// The layers before the fully connected ones with their memory, for a few images at a time.
///
/// The first layers give large maps. They run image by image, so that a map is still in the cache
/// when the next layer reads it. The layers from `split` on give small maps. They run for all the
/// images together, so that many pixels share each weight that is read.
struct Trunk<Element: BitwiseCopyable & Sendable> {
  /// The most images that run together.
  let images: Int
  let times: StepTimes
  let steps: [TrunkStep<Element>]
  /// The first of the steps that run for all the images together.
  private let split: Int
  /// The output of each step.
  private let maps: [Map<Element>]
  private let scratch: Buffer<Element>
  private let singleThreaded = WorkerPool(threads: 1)

  /// - Parameter limit: the most images that will ever run together.
  init(_ steps: [TrunkStep<Element>], limit: Int) {
    self.steps = steps
    // The first step reads the pictures, which it finds one by one.
    let split =
      steps.indices.dropFirst().first {
        steps[$0].layer.gainsFromBatches && steps[$0].output.width < 16
      } ?? steps.count
    // Eight maps of 13x13 are seven full matrix tiles of Winograd tiles. Without Winograd's
    // filtering images share nothing.
    let images = min(split < steps.count ? 8 : 1, limit)
    self.split = split
    self.images = images
    times = StepTimes(steps: steps.count)
    maps = steps.enumerated().map { index, step in
      Map(
        images: index + 1 < split ? 1 : images, height: step.output.height,
        width: step.output.width, channels: step.output.channels,
        padding: index + 1 < steps.count ? steps[index + 1].layer.inputPadding : 0)
    }
    scratch = Buffer(count: steps.map(\.scratchCount).max() ?? 0)
  }

  /// Runs the layers for any number of pictures of `input`, in groups of equal size, and passes
  /// their outputs to `next` as images of the same numbers.
  ///
  /// - Parameter pool: as for ``run(_:images:next:first:pool:)``.
  func runInGroups(
    _ input: Map<Element>, images pictures: Range<Int>, next: any TrunkReader<Element>,
    pool: WorkerPool?
  ) {
    let groups = (pictures.count + images - 1) / images
    for group in 0..<groups {
      let start = pictures.lowerBound + group * pictures.count / groups
      let end = pictures.lowerBound + (group + 1) * pictures.count / groups
      run(input, images: start..<end, next: next, first: start, pool: pool)
    }
  }

  /// Runs the layers for `pictures` of `input`, and passes their outputs to `next`: that of the
  /// first picture as image `first`, and so on.
  ///
  /// - Parameter pool: the threads that every layer is split over; nil for the calling thread only.
  func run(
    _ input: Map<Element>, images pictures: Range<Int>, next: any TrunkReader<Element>, first: Int,
    pool: WorkerPool?
  ) {
    precondition(pictures.count <= images)
    let pool = pool ?? singleThreaded
    for (index, picture) in pictures.enumerated() {
      var current = input.image(picture)
      for (position, step) in steps.prefix(split).enumerated() {
        // The last map before the split holds all the images.
        let output = maps[position].images > 1 ? maps[position].image(index) : maps[position]
        times.measure(position) {
          step.layer.run(current, output, images: 1, scratch: scratch, pool: pool)
        }
        current = output
      }
      if split == steps.count { next.take(current, imageOfMap: 0, image: first + index) }
    }
    guard split < steps.count else { return }
    for position in split..<steps.count {
      times.measure(position) {
        steps[position].layer.run(
          maps[position - 1], maps[position], images: pictures.count, scratch: scratch, pool: pool)
      }
    }
    for index in 0..<pictures.count {
      next.take(maps[maps.count - 1], imageOfMap: index, image: first + index)
    }
  }
}

extension Trunk<Float> {
  /// By layer, the largest value that it gave for the image that ran last.
  func layerMaxima() -> [String: Float] {
    var maxima: [String: Float] = [:]
    for (step, map) in zip(steps, maps) { maxima[step.name] = map.channelsFirst(image: 0).max() }
    return maxima
  }

  /// What a layer gave for the image that ran last; nil where no layer has this name.
  func layerOutput(_ layer: String) -> FeatureMap? {
    steps.lastIndex { $0.name == layer }.map { maps[$0] }
  }

  /// What a layer read for the image that ran last; nil for the first layer.
  func layerInput(_ layer: String) -> FeatureMap? {
    guard let index = steps.firstIndex(where: { $0.name == layer }), index > 0 else { return nil }
    return maps[index - 1]
  }
}
