import Kernels
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct ConvolutionTests {
  static let cases: [(Convolution.Geometry, height: Int, width: Int)] = [
    // AlexNet's own kinds of layer, small.
    (.init(inputChannels: 3, filters: 96, kernel: 11, stride: 4, padding: 0, groups: 1), 27, 31),
    (.init(inputChannels: 3, filters: 64, kernel: 11, stride: 4, padding: 2, groups: 1), 24, 24),
    (.init(inputChannels: 96, filters: 64, kernel: 5, stride: 1, padding: 2, groups: 2), 9, 27),
    (.init(inputChannels: 24, filters: 40, kernel: 3, stride: 1, padding: 1, groups: 1), 13, 13),
    // Odd sizes and tails: one pixel, one filter, prime channels, widths round a tile's.
    (.init(inputChannels: 1, filters: 1, kernel: 1, stride: 1, padding: 0, groups: 1), 1, 1),
    (.init(inputChannels: 7, filters: 33, kernel: 3, stride: 2, padding: 1, groups: 1), 5, 15),
    (.init(inputChannels: 6, filters: 9, kernel: 2, stride: 1, padding: 0, groups: 3), 4, 16),
    (.init(inputChannels: 5, filters: 31, kernel: 5, stride: 3, padding: 4, groups: 1), 6, 29),
  ]

  @Test(
    "a convolution equals the naive one on every instruction set and any number of threads",
    arguments: InstructionSet.available.map(\.name), cases.indices)
  func equalsReference(isa: String, index: Int) throws {
    let (geometry, height, width) = Self.cases[index]
    var random = SeededValues(seed: UInt64(index))
    let kernels = try #require(InstructionSet(named: isa))
    let weights = random.floats(geometry.weightDimensions.reduce(1, *))
    let bias = random.floats(geometry.filters)
    let terms = weights.count / geometry.filters + 1
    for relu in [false, true] {
      let layer = Convolution(
        geometry, weights: weights, bias: bias, relu: relu, kernels: kernels)
      let pictures = (0..<3).map { _ in random.floats(geometry.inputChannels * height * width) }
      let input = FeatureMap(
        images: 3, height: height, width: width, channels: geometry.inputChannels,
        padding: geometry.padding)
      for (image, picture) in pictures.enumerated() {
        input.setChannelsFirst(picture, image: image)
      }
      for threads in [1, 3] {
        let output = FeatureMap(
          images: 3, height: geometry.outputExtent(height), width: geometry.outputExtent(width),
          channels: geometry.filters, padding: 1)
        layer.run(input, output, images: 3, pool: WorkerPool(threads: threads))
        for (image, picture) in pictures.enumerated() {
          let expected = Reference.convolution(
            picture, height: height, width: width, weights: weights, bias: bias,
            geometry: geometry, relu: relu)
          let difference = largestDifference(output.channelsFirst(image: image), expected)
          #expect(difference <= tolerance(terms: terms))
        }
      }
    }
  }
}
