import Kernels

/// The scratch memory of one forward pass, for batches of up to `batch` images.
///
/// The convolutional layers run image by image: on each thread of the pool its own images where
/// there are enough, else every layer split over the threads. The fully connected layers then run
/// for the whole batch at once, split over the threads. Nothing is allocated after `init`.
public final class Workspace {
  public let network: Network
  /// The most images of one forward pass.
  public let batch: Int
  private let pool: WorkerPool
  private let alone = WorkerPool(threads: 1)

  /// The pictures: all of a batch, or one at a time where one thread takes them as they come.
  private let input: FeatureMap
  /// The outputs of the convolutional layers, one set for each image that is under way at once.
  private let trunks: [[FeatureMap]]
  /// What the last convolutional layer gave, then what each fully connected layer gave.
  private let head: [FeatureVectors]

  /// - Parameters:
  ///   - batch: the most images of one forward pass, at least 1.
  ///   - pool: the threads to use; no other workspace may use them at the same time.
  public init(for network: Network, batch: Int, pool: WorkerPool) {
    precondition(batch > 0)
    self.network = network
    self.batch = batch
    self.pool = pool
    let layers = network.layers
    let trunkCount = layers.prefix { !$0.isFullyConnected }.count
    let trunkRows = network.summary.prefix(trunkCount)

    let size = network.architecture.inputSize
    input = FeatureMap(
      images: pool.threads == 1 ? 1 : batch, height: size, width: size,
      channels: Architecture.inputChannels, padding: layers.first?.padding ?? 0)
    trunks = (0..<(batch >= pool.threads ? pool.threads : 1)).map { _ in
      trunkRows.indices.map { index in
        let output = trunkRows[index].output
        return FeatureMap(
          images: 1, height: output.height, width: output.width, channels: output.channels,
          padding: index + 1 < trunkCount ? layers[index + 1].padding : 0)
      }
    }
    let lengths =
      [trunkRows.last?.output.count ?? input.channels * size * size]
      + network.summary.dropFirst(trunkCount).map(\.output.count)
    head = lengths.map {
      FeatureVectors(images: batch, length: $0, kernels: network.kernels)
    }
  }

  /// Calls `body` with the picture of image `index`, `[height, width, 3]`, to write.
  ///
  /// Write images in the order 0, 1, 2, ...; each once before ``forward(count:)``.
  public func withInput<Result, Failure: Error>(
    _ index: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < batch)
    let staged = input.image(pool.threads == 1 ? 0 : index)
    let result = try staged.withMutablePicture(body)
    if pool.threads == 1 { runTrunk(staged, image: index, maps: trunks[0], pool: pool) }
    return result
  }

  /// Runs the network on images 0 to `count - 1`.
  public func forward(count: Int) {
    precondition(count >= 0 && count <= batch)
    if pool.threads > 1 { runTrunks(count: count) }
    for (index, layer) in network.layers.suffix(head.count - 1).enumerated() {
      layer.run(head[index], head[index + 1], images: count, pool: pool)
    }
  }

  /// What the last layer gave for an image, before the softmax.
  public func logits(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < batch)
    return head[head.count - 1].values(image: index)
  }

  /// The classes' probabilities for an image.
  public func probabilities(_ index: Int) -> [Float] { softmax(logits(index)) }

  private func runTrunks(count: Int) {
    let underWay = trunks.count
    // Whole rounds of one image a thread; what is left over is split inside the layers.
    let rounds = underWay > 1 ? count / underWay : 0
    let (input, head) = (input, head)
    let (network, trunks, alone) = (network, trunks, alone)
    pool.run(rounds > 0 ? underWay : 0) { lane in
      for round in 0..<rounds {
        let image = round * underWay + lane
        Self.runTrunk(
          network, input.image(image), maps: trunks[lane], features: head[0], image: image,
          pool: alone)
      }
    }
    for image in rounds * underWay..<count {
      runTrunk(input.image(image), image: image, maps: trunks[0], pool: pool)
    }
  }

  private func runTrunk(
    _ picture: FeatureMap, image: Int, maps: [FeatureMap], pool: WorkerPool
  ) {
    Self.runTrunk(network, picture, maps: maps, features: head[0], image: image, pool: pool)
  }

  private static func runTrunk(
    _ network: Network, _ picture: FeatureMap, maps: [FeatureMap], features: FeatureVectors,
    image: Int, pool: WorkerPool
  ) {
    var current = picture
    for (layer, output) in zip(network.layers, maps) {
      layer.run(current, output, kernels: network.kernels, pool: pool)
      current = output
    }
    features.setChannelsFirst(current, imageOfMap: 0, image: image)
  }
}

extension Network.BoundLayer {
  fileprivate var isFullyConnected: Bool {
    switch self {
    case .fullyConnected, .sparseFullyConnected: true
    case .convolution, .maxPooling, .normalization: false
    }
  }

  /// The border that the layer wants round its input.
  fileprivate var padding: Int {
    if case .convolution(let convolution) = self { convolution.geometry.padding } else { 0 }
  }

  fileprivate func run(
    _ input: FeatureMap, _ output: FeatureMap, kernels: InstructionSet, pool: WorkerPool
  ) {
    switch self {
    case .convolution(let layer):
      layer.run(input, output, images: 1, pool: pool)
    case .maxPooling(let layer):
      layer.run(input, output, images: 1, pool: pool, kernels: kernels)
    case .normalization(let layer):
      layer.run(input, output, images: 1, pool: pool, kernels: kernels)
    case .fullyConnected, .sparseFullyConnected:
      preconditionFailure("fully connected layers run after the trunk")
    }
  }

  fileprivate func run(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    switch self {
    case .fullyConnected(let layer): layer.run(input, output, images: images, pool: pool)
    case .sparseFullyConnected(let layer): layer.run(input, output, images: images, pool: pool)
    case .convolution, .maxPooling, .normalization:
      preconditionFailure("convolutional layers run before the head")
    }
  }
}
