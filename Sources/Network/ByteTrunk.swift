import Architecture
import Kernels
import Threads

/// The memory for the layers before the fully connected ones, in 8 bits, for one image at a time:
/// the weights are small enough to be read again for every image.
struct ByteTrunk: ConvolutionalLayers {
  let images = 1
  private let network: Network
  private let calibration: Calibration
  private let steps: [Network.Step]
  private let picture: ByteMap
  private let quantization: InputQuantization
  private let maps: [ByteMap]
  private let scratch: Buffer<UInt8>
  /// What one step of the last map's bytes is worth.
  private let scale: Float
  private let alone = WorkerPool(threads: 1)
  let times: StepTimes

  init(_ network: Network, calibration: Calibration) {
    self.network = network
    self.calibration = calibration
    let steps = Array(network.steps.prefix { !$0.isFullyConnected })
    self.steps = steps
    let size = network.architecture.inputSize
    picture = ByteMap(
      images: 1, height: size, width: size, channels: Architecture.inputChannels,
      padding: steps.first?.inputPadding ?? 0)
    // Zeros round the normalised input are its mean in pixels.
    picture.fillBorder(calibration.inputMean.map { UInt8(max(0, min(255, $0.rounded()))) })
    quantization = InputQuantization(
      mean: calibration.inputMean, scale: calibration.inputScale, width: size)
    scratch = Buffer(count: steps.map(\.scratchCount).max() ?? 0)
    maps = steps.indices.map { index in
      ByteMap(
        images: 1, height: steps[index].height, width: steps[index].width,
        channels: steps[index].channels,
        padding: index + 1 < steps.count ? steps[index + 1].inputPadding : 0)
    }
    let lastRange = steps.reversed().lazy.compactMap { calibration.ranges[$0.name] }.first
    scale = (lastRange ?? 255) / 255
    times = StepTimes(steps: steps.count)
  }

  var featureCount: Int {
    let last = maps.last ?? picture
    return last.channels * last.height * last.width
  }

  func layerMaxima() -> [String: Float] { calibration.ranges }

  func layerInput(_ layer: String) -> FeatureMap? { nil }

  func run(
    _ input: FeatureMap, images pictures: Range<Int>, features: Features, first: Int,
    pool: WorkerPool?
  ) {
    for (index, image) in pictures.enumerated() {
      quantization.run(input.image(image), picture, kernels: network.kernels)
      var current = picture
      for (position, step) in steps.enumerated() {
        times.measure(position) { run(step, current, maps[position], pool: pool ?? alone) }
        current = maps[position]
      }
      features.setChannelsFirst(current, imageOfMap: 0, image: first + index, scale: scale)
    }
  }

  private func run(_ step: Network.Step, _ input: ByteMap, _ output: ByteMap, pool: WorkerPool) {
    switch step.operation {
    case .quantizedConvolution(let layer):
      layer.run(input, output, images: 1, pool: pool)
    case .quantizedWinograd(let layer):
      layer.run(input, output, images: 1, scratch: scratch, pool: pool)
    case .maxPooling(let layer):
      layer.run(input, output, images: 1, pool: pool, kernels: network.kernels)
    case .quantizedNormalization(let layer, let inputScale, let outputScale):
      layer.run(
        input, output, inputScale: inputScale, outputScale: outputScale, images: 1, pool: pool,
        kernels: network.kernels)
    default:
      preconditionFailure("an 8-bit network was bound with float layers before its head")
    }
  }
}
