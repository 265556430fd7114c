import Architecture
import Kernels
public import Threads

/// The memory of one forward pass, for batches of up to `batch` images.
///
/// If the batch has at least as many images as the pool has threads, each thread runs the layers
/// before the first fully connected one for its own images. Otherwise, and when streaming, each of
/// these layers is split over the threads. The fully connected layers then run for the whole batch
/// together, split over the threads.
///
/// `init` allocates the maps and the vectors between the layers, which are kept from batch to
/// batch. The scratch memory of the layers belongs to the pool, which allocates it when a layer
/// first runs and keeps it. Only one thread at a time may use a workspace.
public final class Workspace {
  public let plan: Plan
  /// The most images of one forward pass.
  public let batch: Int
  private let pool: WorkerPool
  private let isStreaming: Bool
  private let pictures: Pictures
  /// The fully connected layers, each with its input.
  private let stages: [any HeadStage]
  /// The output of each fully connected layer.
  private let outputs: [FeatureVectors]
  /// The output of the last layer, by image, where no fully connected layer runs.
  private let trunkValues: [FeatureVectors]
  private let headTimes: StepTimes
  /// For float32 pictures of a plan that reads bytes; made for the first of them.
  private var conversion: PixelConversion?

  private enum Pictures {
    case floats(Lanes<Float>)
    case bytes(Lanes<UInt8>, Quantization)
  }

  /// - Parameters:
  ///   - batch: the most images of one forward pass, at least 1.
  ///   - pool: the threads to use; nothing else may use them at the same time.
  ///   - streaming: whether the convolutional layers run on pictures as soon as these are written,
  ///     and only their outputs are kept. This takes less memory, but a forward pass cannot be
  ///     repeated.
  public init(for plan: Plan, batch: Int, pool: WorkerPool, streaming: Bool = false) {
    precondition(batch > 0)
    self.plan = plan
    self.batch = batch
    self.pool = pool
    isStreaming = streaming
    let inputSize = plan.parameters.architecture.inputSize
    let head: [HeadStep]
    let firstStage: (any HeadStage)?
    let trunkValues = Self.trunkValues(of: plan, images: batch)
    self.trunkValues = trunkValues
    switch plan.layers {
    case .floats(let stack):
      head = stack.head
      let first = head.first?.layer.stage(images: batch, kernels: plan.kernels)
      firstStage = first
      let next: any TrunkReader<Float> = first ?? FloatTrunkValues(images: trunkValues)
      pictures = .floats(
        Lanes(
          stack.trunk, inputSize: inputSize, next: next, batch: batch, pool: pool,
          streaming: streaming))
    case .bytes(let stack, let quantization):
      head = stack.head
      let scale = quantization.trunkScale(layers: stack.trunk.count)
      let first = head.first?.layer.stage(
        readingBytesOf: scale, images: batch, kernels: plan.kernels)
      firstStage = first
      let next: any TrunkReader<UInt8> =
        first ?? ByteTrunkValues(images: trunkValues, scale: scale)
      let lanes = Lanes(
        stack.trunk, inputSize: inputSize, next: next, batch: batch, pool: pool,
        streaming: streaming)
      lanes.fillBorder(quantization.zeroPixel)
      pictures = .bytes(lanes, quantization)
    }
    let outputs = head.map {
      FeatureVectors(images: batch, length: $0.layer.outputs, kernels: plan.kernels)
    }
    self.outputs = outputs
    stages =
      (firstStage.map { [$0] } ?? [])
      + zip(head.dropFirst(), outputs).map { $0.layer.stage(reading: $1) }
    headTimes = StepTimes(steps: head.count)
  }

  /// Memory for the values of a layer before the fully connected ones; none where a fully connected
  /// layer is the last.
  private static func trunkValues(of plan: Plan, images: Int) -> [FeatureVectors] {
    if plan.lastLayer.layer.isFullyConnected { return [] }
    return (0..<images).map { _ in
      FeatureVectors(images: 1, length: plan.lastLayer.output.count, kernels: plan.kernels)
    }
  }

  /// Calls `body` with the picture of image `index`, `[height, width, 3]`, to write.
  ///
  /// Write images in the order 0, 1, 2, ...; each once before ``forward(count:)``. A plan in 8 bits
  /// rounds the values to its bytes: ``withByteInput(_:_:)`` spares it that.
  public func withInput<Result, Failure: Error>(
    _ index: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < batch)
    switch pictures {
    case .floats(let lanes):
      let result = try lanes.picture(index).withMutablePicture(body)
      lanes.finishPicture(index)
      return result
    case .bytes(let lanes, let quantization):
      let conversion =
        self.conversion
        ?? PixelConversion(quantization.calibration, size: plan.parameters.architecture.inputSize)
      self.conversion = conversion
      let result = try conversion.floats.withMutablePicture(body)
      conversion.quantization.run(
        conversion.floats, lanes.picture(index), kernels: plan.kernels)
      lanes.finishPicture(index)
      return result
    }
  }

  /// Calls `body` with the bytes of image `index`, `[height, width, 3]`, to write; only where the
  /// plan computes in 8 bits. ``Calibration/inputMean`` says what they stand for.
  ///
  /// Write images in the order 0, 1, 2, ...; each once before ``forward(count:)``.
  public func withByteInput<Result, Failure: Error>(
    _ index: Int, _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < batch)
    guard case .bytes(let lanes, _) = pictures else {
      preconditionFailure("a plan in floating point reads no bytes")
    }
    let result = try lanes.picture(index).withMutablePicture(body)
    lanes.finishPicture(index)
    return result
  }

  /// Runs the network, up to ``Plan/lastLayer``, on images 0 to `count - 1`.
  public func forward(count: Int) {
    precondition(count >= 0 && count <= batch)
    switch pictures {
    case .floats(let lanes): lanes.run(count: count)
    case .bytes(let lanes, _): lanes.run(count: count)
    }
    for (index, stage) in stages.enumerated() {
      headTimes.measure(index) { stage.run(outputs[index], images: count, pool: pool) }
    }
  }

  /// What ``Plan/lastLayer`` gave for an image: after its ReLU, where it has one, and before any
  /// softmax.
  ///
  /// A layer that gives maps gives `[channels, height, width]`, row-major: the order in which
  /// PyTorch flattens them. In 8 bits these are bytes, times what one step of a byte is worth.
  public func values(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < batch)
    return outputs.last?.values(image: index) ?? trunkValues[index].values(image: 0)
  }

  /// The output of the network's last layer for an image, before the softmax. Only for plans that
  /// run all layers.
  public func logits(_ index: Int) -> [Float] {
    precondition(
      outputs.count == plan.parameters.head.count, "the plan ends before the network does")
    return values(index)
  }

  /// The classes' probabilities for an image.
  public func probabilities(_ index: Int) -> [Float] { softmax(logits(index)) }

  /// Whether ``layerSeconds`` is kept up to date.
  public var measuresLayers = false {
    didSet {
      switch pictures {
      case .floats(let lanes): lanes.resetTimes(enabled: measuresLayers)
      case .bytes(let lanes, _): lanes.resetTimes(enabled: measuresLayers)
      }
      headTimes.reset(enabled: measuresLayers)
    }
  }

  /// Seconds that each layer took since ``measuresLayers`` was set, in order; where threads run
  /// images of their own, their mean.
  public var layerSeconds: [(name: String, seconds: Double)] {
    let trunk =
      switch pictures {
      case .floats(let lanes): lanes.seconds
      case .bytes(let lanes, _): lanes.seconds
      }
    let head = zip(plan.parameters.head, headTimes.seconds).map {
      (name: $0.row.layer.name, seconds: $1)
    }
    var result: [(name: String, seconds: Double)] = []
    for (name, seconds) in trunk + head {
      // A layer may take several steps.
      if result.last?.name == name {
        result[result.count - 1].seconds += seconds
      } else {
        result.append((name, seconds))
      }
    }
    return result
  }
}

extension Workspace {
  /// The largest value in the output of each layer for the image that ran last, by the name of the
  /// layer. A ``Calibration`` is made from these values. The plan must be in float32 and run its
  /// images one by one. A plan in 8 bits has no values for convolutional layers.
  public func layerMaxima() -> [String: Float] {
    var maxima: [String: Float] = [:]
    if case .floats(let lanes) = pictures { maxima = lanes.layerMaxima() }
    for (operation, vectors) in zip(plan.parameters.head, outputs) {
      maxima[operation.row.layer.name] = vectors.values(image: 0).max() ?? 0
    }
    return maxima
  }

  /// Calls `body` with the input of a layer for the image that ran last. It is not called for the
  /// first layer, for fully connected layers, and for plans in 8 bits.
  public func withLayerInput(_ layer: String, _ body: (FeatureMap) -> Void) {
    if case .floats(let lanes) = pictures, let map = lanes.layerInput(layer) { body(map) }
  }
}

extension Workspace {
  /// The input of a layer before the fully connected ones for image 0, which must have run last:
  /// `[height, width, channels]`. The next forward pass overwrites it.
  ///
  /// - Returns: nil for fully connected layers, for plans in 8 bits, and when streaming, for the
  ///   first layer.
  public func inputMap(of layer: String) -> FeatureMap? {
    guard case .floats(let lanes) = pictures,
      let index = plan.parameters.trunk.firstIndex(where: { $0.row.layer.name == layer })
    else { return nil }
    if index == 0 { return isStreaming ? nil : lanes.picture(0) }
    return lanes.layerOutput(plan.parameters.trunk[index - 1].row.layer.name)
  }

  /// The output of a layer before the fully connected ones for image 0, which must have run last,
  /// after its ReLU: `[height, width, channels]`. The next forward pass overwrites it.
  ///
  /// - Returns: nil for fully connected layers and for plans in 8 bits.
  public func outputMap(of layer: String) -> FeatureMap? {
    guard case .floats(let lanes) = pictures else { return nil }
    return lanes.layerOutput(layer)
  }

  /// The output of a fully connected layer for an image, after its ReLU where it has one; nil where
  /// the plan runs no such layer.
  public func outputs(of layer: String, image: Int) -> [Float]? {
    zip(plan.parameters.head, outputs).first { $0.0.row.layer.name == layer }?
      .1.values(image: image)
  }
}

/// Memory for one float32 picture, and how its values become bytes.
private struct PixelConversion {
  let floats: FeatureMap
  let quantization: InputQuantization

  init(_ calibration: Calibration, size: Int) {
    floats = FeatureMap(
      images: 1, height: size, width: size, channels: Architecture.inputChannels)
    quantization = InputQuantization(
      mean: calibration.inputMean, scale: calibration.inputScale, width: size)
  }
}
