import Architecture
import Kernels
public import Threads

/// The scratch memory of one forward pass, for batches of up to `batch` images.
///
/// The convolutional layers run on each thread of the pool for images of its own where there are
/// enough, else every layer is split over the threads. The fully connected layers then run for the
/// whole batch at once, split over the threads. The maps and vectors are allocated in `init`; only 8-bit,
/// bfloat16 and sparse layers take scratch memory of their own while they run.
public final class Workspace {
  public let network: Network
  /// The most images of one forward pass.
  public let batch: Int
  private let pool: WorkerPool
  private let trunks: [any ConvolutionalLayers]
  /// The pictures: all of a batch, or, streaming, as many as run at once.
  private let input: FeatureMap
  /// What the last convolutional layer gave.
  private let features: Features
  /// What each fully connected layer gave.
  private let head: [FeatureVectors]
  private let headSteps: [Network.Step]
  private let headTimes: StepTimes
  private let streaming: Bool
  /// Streaming: pictures written but not yet run.
  private var staged: Range<Int> = 0..<0

  /// - Parameters:
  ///   - batch: the most images of one forward pass, at least 1.
  ///   - pool: the threads to use; no other workspace may use them at the same time.
  ///   - streaming: run the convolutional layers on pictures as they are written, and keep only their
  ///     features. Takes less memory, but one forward pass cannot be repeated.
  public init(for network: Network, batch: Int, pool: WorkerPool, streaming: Bool = false) {
    precondition(batch > 0)
    self.streaming = streaming
    self.network = network
    self.batch = batch
    self.pool = pool
    network.pack(using: pool)
    let lanes = batch >= pool.threads && !streaming ? pool.threads : 1
    let share = (batch + lanes - 1) / lanes
    let trunks = (0..<lanes).map { _ -> any ConvolutionalLayers in
      switch network.precision {
      case .float32, .bfloat16: Trunk(network, images: min(Trunk.imagesAtOnce(network), share))
      case .int8(let calibration): ByteTrunk(network, calibration: calibration)
      }
    }
    let group = trunks[0].images
    self.trunks = trunks

    let size = network.architecture.inputSize
    input = FeatureMap(
      images: streaming ? group : batch, height: size, width: size,
      channels: Architecture.inputChannels, padding: network.steps.first?.inputPadding ?? 0)
    headSteps = Array(network.steps.drop { !$0.isFullyConnected })
    headTimes = StepTimes(steps: headSteps.count)
    features = Features(network, images: batch, length: trunks[0].featureCount)
    head = headSteps.map {
      FeatureVectors(images: batch, length: $0.channels, kernels: network.kernels)
    }
  }

  /// Calls `body` with the picture of image `index`, `[height, width, 3]`, to write.
  ///
  /// Write images in the order 0, 1, 2, ...; each once before ``forward(count:)``.
  public func withInput<Result, Failure: Error>(
    _ index: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < batch)
    guard streaming else { return try input.image(index).withMutablePicture(body) }
    if index != staged.upperBound { staged = index..<index }
    let result = try input.image(staged.count).withMutablePicture(body)
    staged = staged.lowerBound..<index + 1
    if staged.count == trunks[0].images { runStaged() }
    return result
  }

  /// Runs the network on images 0 to `count - 1`.
  public func forward(count: Int) {
    precondition(count >= 0 && count <= batch)
    if streaming {
      runStaged()
      staged = 0..<0
    } else {
      runTrunks(count: count)
    }
    for (index, step) in headSteps.enumerated() {
      headTimes.measure(index) {
        step.run(
          index == 0 ? features : .floats(head[index - 1]), head[index], images: count, pool: pool)
      }
    }
  }

  /// By layer, the largest value that it gave for the image that ran last: what a ``Calibration`` is
  /// made of. Only for networks in float32 that run one image at a time.
  public func layerMaxima() -> [String: Float] {
    var maxima = trunks[0].layerMaxima()
    for (step, vectors) in zip(headSteps, head) {
      maxima[step.name] = vectors.values(image: 0).max() ?? 0
    }
    return maxima
  }

  /// Calls `body` with what a convolutional layer read for the image that ran last. Only where
  /// ``layerMaxima()`` can be asked.
  public func withLayerInput(_ layer: String, _ body: (FeatureMap) -> Void) {
    if let map = trunks[0].layerInput(layer) { body(map) }
  }

  /// Whether ``layerSeconds`` is kept up to date.
  public var measuresLayers = false {
    didSet {
      for trunk in trunks { trunk.times.reset(enabled: measuresLayers) }
      headTimes.reset(enabled: measuresLayers)
    }
  }

  /// Seconds that each layer took since ``measuresLayers`` was set, in order; where threads run images
  /// of their own, their mean.
  public var layerSeconds: [(name: String, seconds: Double)] {
    let trunkSteps = network.steps.prefix(network.steps.count - headSteps.count)
    var result: [(name: String, seconds: Double)] = []
    let trunkSeconds = trunkSteps.indices.map { index in
      trunks.reduce(0) { $0 + $1.times.seconds[index] } / Double(trunks.count)
    }
    for (step, seconds) in zip(network.steps, trunkSeconds + headTimes.seconds) {
      // A layer may take several steps.
      if result.last?.name == step.name {
        result[result.count - 1].seconds += seconds
      } else {
        result.append((step.name, seconds))
      }
    }
    return result
  }

  /// What the last layer gave for an image, before the softmax.
  public func logits(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < batch)
    return head[head.count - 1].values(image: index)
  }

  /// The classes' probabilities for an image.
  public func probabilities(_ index: Int) -> [Float] { softmax(logits(index)) }

  private func runStaged() {
    guard !staged.isEmpty else { return }
    trunks[0].run(
      input, images: 0..<staged.count, features: features, first: staged.lowerBound, pool: pool)
    staged = staged.upperBound..<staged.upperBound
  }

  private func runTrunks(count: Int) {
    let (input, features, trunks) = (input, features, trunks)
    guard trunks.count > 1, count >= trunks.count else {
      for image in 0..<count {
        trunks[0].run(
          input, images: image..<image + 1, features: features, first: image, pool: pool)
      }
      return
    }
    // Equal shares, each in groups that are as equal.
    pool.run(trunks.count) { lane in
      let share = lane * count / trunks.count..<(lane + 1) * count / trunks.count
      let groups = (share.count + trunks[lane].images - 1) / trunks[lane].images
      for group in 0..<groups {
        let start = share.lowerBound + group * share.count / groups
        let end = share.lowerBound + (group + 1) * share.count / groups
        trunks[lane].run(input, images: start..<end, features: features, first: start, pool: nil)
      }
    }
  }
}
