import Kernels
import Threads

/// A fully connected layer ready to run: it reads and writes vectors of float32.
protocol HeadLayer: Sendable {
  var inputs: Int { get }
  var outputs: Int { get }
  /// Bytes of weights in the form in which they are read, without biases.
  var weightBytes: Int { get }

  /// Multiplies the first `images` vectors of `input` into `output`, split over `pool`.
  func run(_ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool)

  /// The layer with memory for the input of `images` images, which comes from maps of bytes.
  ///
  /// - Parameter scale: the value of one step of a byte.
  func stage(
    readingBytesOf scale: Float, images: Int, kernels: InstructionSet
  ) -> any FirstStage<UInt8>
}

extension HeadLayer {
  /// The layer with memory for the input of `images` images, which comes from maps of float32.
  func stage(images: Int, kernels: InstructionSet) -> any FirstStage<Float> {
    floatStage(images: images, kernels: kernels)
  }

  /// The layer with `input`, which another layer writes.
  func stage(reading input: FeatureVectors) -> any HeadStage {
    FloatStage(layer: self, input: input)
  }

  func stage(
    readingBytesOf scale: Float, images: Int, kernels: InstructionSet
  ) -> any FirstStage<UInt8> {
    ConvertingStage(stage: floatStage(images: images, kernels: kernels), scale: scale)
  }

  private func floatStage(images: Int, kernels: InstructionSet) -> FloatStage<Self> {
    FloatStage(
      layer: self, input: FeatureVectors(images: images, length: inputs, kernels: kernels))
  }
}

/// A fully connected layer that can read bytes as 8-bit convolutional layers write them.
protocol ByteHeadLayer: HeadLayer {
  func run(_ input: ByteVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool)
}

extension ByteHeadLayer {
  func stage(
    readingBytesOf scale: Float, images: Int, kernels: InstructionSet
  ) -> any FirstStage<UInt8> {
    ByteStage(layer: self, input: ByteVectors(images: images, length: inputs, kernels: kernels))
  }
}

/// A fully connected layer with its input.
protocol HeadStage {
  /// Multiplies the first `images` vectors of the input into `output`, split over `pool`.
  func run(_ output: FeatureVectors, images: Int, pool: WorkerPool)
}

/// The first fully connected layer: it takes its input from maps of `Element`.
protocol FirstStage<Element>: HeadStage, TrunkReader {}

/// float32 in, from maps or from the layer before.
private struct FloatStage<Layer: HeadLayer>: FirstStage {
  let layer: Layer
  let input: FeatureVectors

  func take(_ map: FeatureMap, imageOfMap: Int, image: Int) {
    input.setChannelsFirst(map, imageOfMap: imageOfMap, image: image)
  }

  func run(_ output: FeatureVectors, images: Int, pool: WorkerPool) {
    layer.run(input, output, images: images, pool: pool)
  }
}

/// A layer that reads bytes, with memory for its input. The bytes come from a map of bytes.
private struct ByteStage<Layer: ByteHeadLayer>: FirstStage {
  let layer: Layer
  let input: ByteVectors

  func take(_ map: ByteMap, imageOfMap: Int, image: Int) {
    input.setChannelsFirst(map, imageOfMap: imageOfMap, image: image)
  }

  func run(_ output: FeatureVectors, images: Int, pool: WorkerPool) {
    layer.run(input, output, images: images, pool: pool)
  }
}

/// Bytes in, for a layer that reads float32.
private struct ConvertingStage<Layer: HeadLayer>: FirstStage {
  let stage: FloatStage<Layer>
  /// What one step of a byte is worth.
  let scale: Float

  func take(_ map: ByteMap, imageOfMap: Int, image: Int) {
    stage.input.setChannelsFirst(map, imageOfMap: imageOfMap, image: image, scale: scale)
  }

  func run(_ output: FeatureVectors, images: Int, pool: WorkerPool) {
    stage.run(output, images: images, pool: pool)
  }
}
