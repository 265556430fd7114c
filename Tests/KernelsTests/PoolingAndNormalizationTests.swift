import Kernels
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct PoolingAndNormalizationTests {
  @Test(
    "pooling equals the naive one, windows cut off at the edge included",
    arguments: InstructionSet.available.map(\.name))
  func pooling(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 1)
    for (channels, height, width) in [(96, 13, 27), (1, 3, 3), (37, 54, 5), (16, 8, 9)] {
      for rounding in [MaxPooling.Rounding.down, .up] {
        let pooling = MaxPooling(kernel: 3, stride: 2, rounding: rounding)
        let values = random.floats(channels * height * width)
        let input = FeatureMap(images: 1, height: height, width: width, channels: channels)
        input.setChannelsFirst(values, image: 0)
        let output = FeatureMap(
          images: 1, height: pooling.outputExtent(height), width: pooling.outputExtent(width),
          channels: channels, padding: 2)
        pooling.run(input, output, images: 1, pool: WorkerPool(threads: 2), kernels: kernels)
        let expected = Reference.maxPooling(
          values, channels: channels, height: height, width: width, pooling: pooling)
        #expect(output.channelsFirst(image: 0) == expected)
      }
    }
  }

  @Test("output sizes round down as PyTorch's do and up as Caffe's do")
  func outputExtents() {
    // 54 is the ONNX zoo's conv1 output: 27 rounded up, 26 down; 227's sizes fit evenly.
    let down = MaxPooling(kernel: 3, stride: 2, rounding: .down)
    let up = MaxPooling(kernel: 3, stride: 2, rounding: .up)
    #expect([55, 27, 13, 54, 26].map(down.outputExtent) == [27, 13, 6, 26, 12])
    #expect([55, 27, 13, 54, 27].map(up.outputExtent) == [27, 13, 6, 27, 13])
  }

  @Test(
    "normalisation equals the naive one for AlexNet's and other parameters",
    arguments: InstructionSet.available.map(\.name))
  func normalization(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 2)
    let cases: [(LocalResponseNormalization, channels: Int)] = [
      (.init(), 96), (.init(k: 2, alphaDividedBySize: false), 256), (.init(size: 3, alpha: 0.5), 5),
      (.init(size: 7, alpha: 1, beta: 0.5), 33), (.init(size: 1, alpha: 2, beta: 1), 16),
    ]
    for (normalization, channels) in cases {
      let values = random.floats(channels * 3 * 5).map { $0 * 100 }
      let map = FeatureMap(images: 1, height: 3, width: 5, channels: channels)
      map.setChannelsFirst(values, image: 0)
      normalization.run(map, map, images: 1, pool: WorkerPool(threads: 2), kernels: kernels)
      let expected = Reference.normalization(
        values, channels: channels, area: 15, normalization: normalization)
      // A few roundings of values up to 100.
      #expect(largestDifference(map.channelsFirst(image: 0), expected) <= 100 * 8 * .ulpOfOne)
    }
  }
}
