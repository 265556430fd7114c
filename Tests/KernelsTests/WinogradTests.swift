import Kernels
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct WinogradTests {
  static let cases: [(Convolution.Geometry, extent: Int, images: Int)] = [
    // conv3 to conv5, conv2 with and without groups, and conv1 rearranged; images in pairs and
    // alone.
    (.init(inputChannels: 32, filters: 48, kernel: 3, stride: 1, padding: 1, groups: 1), 13, 9),
    (.init(inputChannels: 64, filters: 32, kernel: 3, stride: 1, padding: 1, groups: 2), 13, 5),
    (.init(inputChannels: 32, filters: 64, kernel: 5, stride: 1, padding: 2, groups: 2), 27, 2),
    (.init(inputChannels: 48, filters: 16, kernel: 3, stride: 1, padding: 0, groups: 1), 57, 1),
    // Extents round a tile's, and smaller than one.
    (.init(inputChannels: 16, filters: 16, kernel: 3, stride: 1, padding: 1, groups: 1), 1, 4),
    (.init(inputChannels: 16, filters: 16, kernel: 5, stride: 1, padding: 2, groups: 1), 4, 7),
    (.init(inputChannels: 16, filters: 32, kernel: 5, stride: 1, padding: 0, groups: 1), 9, 2),
  ]

  @Test(
    "Winograd's convolution equals the naive one on every instruction set",
    arguments: InstructionSet.available.map(\.name), cases.indices)
  func equalsReference(isa: String, index: Int) throws {
    let (geometry, extent, images) = Self.cases[index]
    var random = SeededValues(seed: UInt64(index))
    let kernels = try #require(InstructionSet(named: isa))
    #expect(WinogradConvolution.supports(geometry))
    let weights = random.floats(geometry.weightDimensions.reduce(1, *))
    let bias = random.floats(geometry.filters)
    let input = FeatureMap(
      images: images, height: extent, width: extent, channels: geometry.inputChannels,
      padding: max(1, geometry.padding))
    let pictures = (0..<images).map { _ in random.floats(geometry.inputChannels * extent * extent) }
    for (image, picture) in pictures.enumerated() { input.setChannelsFirst(picture, image: image) }
    let size = geometry.outputExtent(extent)
    for relu in [false, true] {
      let layer = WinogradConvolution(
        geometry, weights: weights, bias: bias, relu: relu, kernels: kernels)
      let output = FeatureMap(
        images: images, height: size, width: size, channels: geometry.filters, padding: 1)
      layer.run(
        input, output, images: images, scratch: FloatBuffer(count: layer.scratchCount),
        pool: WorkerPool(threads: 2))
      for image in [0, images / 2, images - 1] {
        let expected = Reference.convolution(
          pictures[image], height: extent, width: extent, weights: weights, bias: bias,
          geometry: geometry, relu: relu)
        let largest = expected.map(abs).max() ?? 0
        let difference = largestDifference(output.channelsFirst(image: image), expected)
        // In float32 these transforms were measured to lose a hundredfold of one rounding.
        #expect(difference <= 2e-5 * largest)
      }
      // The border is the next layer's zeros.
      #expect(output.borderIsZero(images: images))
    }
  }

  @Test(
    "a strided convolution equals the naive one after its pixels are rearranged",
    arguments: [(227, 0), (224, 2), (224, 0), (31, 1)])
  func spaceToDepth(extent: Int, padding: Int) throws {
    var random = SeededValues(seed: UInt64(extent))
    let original = Convolution.Geometry(
      inputChannels: 3, filters: 16, kernel: 11, stride: 4, padding: padding, groups: 1)
    let weights = random.floats(original.weightDimensions.reduce(1, *))
    let bias = random.floats(16)
    let picture = random.floats(3 * extent * extent)
    let rearrangement = SpaceToDepth(original)
    #expect(rearrangement.geometry.kernel == 3 && rearrangement.geometry.inputChannels == 48)

    let input = FeatureMap(
      images: 1, height: extent, width: extent, channels: 3, padding: padding)
    input.setChannelsFirst(picture, image: 0)
    let size = rearrangement.outputExtent(extent)
    let blocks = FeatureMap(images: 1, height: size, width: size, channels: 48, padding: 1)
    rearrangement.run(input, blocks, images: 1, pool: WorkerPool(threads: 1))
    let layer = Convolution(
      rearrangement.geometry, weights: rearrangement.rearranged(weights: weights), bias: bias,
      relu: false)
    let outputSize = original.outputExtent(extent)
    let output = FeatureMap(images: 1, height: outputSize, width: outputSize, channels: 16)
    layer.run(blocks, output, images: 1, pool: WorkerPool(threads: 1))
    let expected = Reference.convolution(
      picture, height: extent, width: extent, weights: weights, bias: bias, geometry: original,
      relu: false)
    let difference = largestDifference(output.channelsFirst(image: 0), expected)
    #expect(difference <= tolerance(terms: 3 * 11 * 11 + 1))
  }
}

extension FeatureMap {
  /// Whether every pixel of the border of the first `images` images is still zero.
  fileprivate func borderIsZero(images: Int) -> Bool {
    (0..<images).allSatisfy { border(image: $0).allSatisfy { $0 == 0 } }
  }
}
