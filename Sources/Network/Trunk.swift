import Architecture
import Kernels
import Threads

/// The layers before the fully connected ones, with the memory they run in.
protocol ConvolutionalLayers: Sendable {
  /// How many images run together at most.
  var images: Int { get }
  /// Values of one image's features.
  var featureCount: Int { get }
  var times: StepTimes { get }
  /// By layer, the largest value that it gave for the image that ran last.
  func layerMaxima() -> [String: Float]
  /// What a layer read for the image that ran last; nil for the first layer, and where it is not kept in
  /// float32.
  func layerInput(_ layer: String) -> FeatureMap?

  /// Runs the layers for `pictures` of `input`, and writes what they give for the first of them as
  /// image `first` of `features`, and so on.
  ///
  /// - Parameter pool: the threads to split every layer over; nil for this thread alone.
  func run(
    _ input: FeatureMap, images pictures: Range<Int>, features: Features, first: Int,
    pool: WorkerPool?)
}

/// These layers in float32, for a few images at a time.
///
/// The first layers give large maps: they run image by image, so that a map is still in the cache
/// when the next layer reads it. The later ones give small maps: they run for all the images at
/// once, so that many pixels share each weight that is read.
struct Trunk: ConvolutionalLayers {
  let images: Int
  private let network: Network
  private let steps: [Network.Step]
  /// The first of the steps that run for all the images at once.
  private let split: Int
  private let maps: [FeatureMap]
  private let scratch: FloatBuffer
  private let alone = WorkerPool(threads: 1)
  let times: StepTimes

  init(_ network: Network, images: Int) {
    self.network = network
    self.images = images
    steps = Array(network.steps.prefix { !$0.isFullyConnected })
    split = Self.firstJointStep(network)
    times = StepTimes(steps: steps.count)
    var maps: [FeatureMap] = []
    for (index, step) in steps.enumerated() {
      maps.append(
        FeatureMap(
          images: index + 1 < split ? 1 : images, height: step.height, width: step.width,
          channels: step.channels,
          padding: index + 1 < steps.count ? steps[index + 1].inputPadding : 0))
    }
    self.maps = maps
    scratch = FloatBuffer(count: steps.map(\.scratchCount).max() ?? 0)
  }

  /// Values of one image's features.
  var featureCount: Int {
    if let last = maps.last { return last.channels * last.height * last.width }
    let size = network.architecture.inputSize
    return Architecture.inputChannels * size * size
  }

  func layerMaxima() -> [String: Float] {
    var maxima: [String: Float] = [:]
    for (step, map) in zip(steps, maps) { maxima[step.name] = map.channelsFirst(image: 0).max() }
    return maxima
  }

  func layerInput(_ layer: String) -> FeatureMap? {
    guard let index = steps.firstIndex(where: { $0.name == layer }), index > 0 else { return nil }
    return maps[index - 1]
  }

  /// How many images are worth running together: eight 13x13 maps are seven full GEMM tiles of
  /// Winograd tiles; without Winograd nothing is shared.
  static func imagesAtOnce(_ network: Network) -> Int {
    let trunk = network.steps.prefix { !$0.isFullyConnected }
    return firstJointStep(network) < trunk.count ? 8 : 1
  }

  private static func firstJointStep(_ network: Network) -> Int {
    let trunk = network.steps.prefix { !$0.isFullyConnected }
    return trunk.firstIndex { step in
      if case .winograd = step.operation { step.width < 16 } else { false }
    } ?? trunk.count
  }

  func run(
    _ input: FeatureMap, images pictures: Range<Int>, features: Features, first: Int,
    pool: WorkerPool?
  ) {
    let pool = pool ?? alone
    precondition(pictures.count <= images)
    for (index, picture) in pictures.enumerated() {
      var current = input.image(picture)
      for (position, step) in steps.prefix(split).enumerated() {
        // The last map before the split holds all the images.
        let output = maps[position].images > 1 ? maps[position].image(index) : maps[position]
        times.measure(position) { run(step, current, output, images: 1, pool: pool) }
        current = output
      }
      if split == steps.count {
        features.setChannelsFirst(current, imageOfMap: 0, image: first + index)
      }
    }
    guard split < steps.count else { return }
    for position in split..<steps.count {
      times.measure(position) {
        run(
          steps[position], position == 0 ? input : maps[position - 1], maps[position],
          images: pictures.count, pool: pool)
      }
    }
    for index in 0..<pictures.count {
      features.setChannelsFirst(maps[maps.count - 1], imageOfMap: index, image: first + index)
    }
  }

  private func run(
    _ step: Network.Step, _ input: FeatureMap, _ output: FeatureMap, images: Int, pool: WorkerPool
  ) {
    switch step.operation {
    case .spaceToDepth(let layer):
      layer.run(input, output, images: images, pool: pool)
    case .convolution(let layer):
      layer.run(input, output, images: images, pool: pool)
    case .winograd(let layer):
      layer.run(input, output, images: images, scratch: scratch, pool: pool)
    case .maxPooling(let layer):
      layer.run(input, output, images: images, pool: pool, kernels: network.kernels)
    case .normalization(let layer):
      layer.run(input, output, images: images, pool: pool, kernels: network.kernels)
    default:
      preconditionFailure("a float32 network was bound with other layers before its head")
    }
  }
}

extension Network.Step {
  var isFullyConnected: Bool {
    switch operation {
    case .fullyConnected, .bfloat16FullyConnected, .quantizedFullyConnected,
      .sparseFullyConnected, .quantizedSparseFullyConnected:
      true
    default: false
    }
  }

  /// The border that the step wants round its input.
  var inputPadding: Int {
    switch operation {
    case .spaceToDepth(let layer): layer.inputPadding
    case .convolution(let layer): layer.geometry.padding
    case .winograd(let layer): layer.inputPadding
    case .quantizedConvolution(let layer): layer.geometry.padding
    case .quantizedWinograd(let layer): layer.geometry.padding
    default: 0
    }
  }

  /// Elements of scratch memory.
  var scratchCount: Int {
    switch operation {
    case .winograd(let layer): layer.scratchCount
    case .quantizedWinograd(let layer):
      layer.scratchCount(outputHeight: height, outputWidth: width)
    default: 0
    }
  }

  func run(_ input: Features, _ output: FeatureVectors, images: Int, pool: WorkerPool) {
    switch (operation, input) {
    case (.fullyConnected(let layer), .floats(let input)):
      layer.run(input, output, images: images, pool: pool)
    case (.bfloat16FullyConnected(let layer), .floats(let input)):
      layer.run(input, output, images: images, pool: pool)
    case (.quantizedFullyConnected(let layer), .floats(let input)):
      layer.run(input, output, images: images, pool: pool)
    case (.quantizedFullyConnected(let layer), .bytes(let input)):
      layer.run(input, output, images: images, pool: pool)
    case (.sparseFullyConnected(let layer), .floats(let input)):
      layer.run(input, output, images: images, pool: pool)
    case (.quantizedSparseFullyConnected(let layer), .floats(let input)):
      layer.run(input, output, images: images, pool: pool)
    case (.quantizedSparseFullyConnected(let layer), .bytes(let input)):
      layer.run(input, output, images: images, pool: pool)
    default:
      preconditionFailure("the other layers run in the trunk, and only 8-bit ones read bytes")
    }
  }
}
