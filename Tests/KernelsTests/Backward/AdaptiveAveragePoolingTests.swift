import Kernels
import Testing
import Threads

@Suite struct AdaptiveAveragePoolingTests {
  /// Heights and widths of maps, and the extent of the output.
  private static let extents = [
    (3, 4, 6), (5, 13, 6), (13, 5, 6), (6, 6, 6), (1, 1, 6), (7, 15, 6), (27, 2, 4), (3, 3, 1),
  ]

  @Test("outputs are the means of the inputs that they overlap", arguments: extents)
  func forward(height: Int, width: Int, extent: Int) {
    var random = SeededValues(seed: 1)
    let (images, channels) = (3, 37)
    let map = FeatureMap(
      images: images, height: height, width: width, channels: channels, padding: 1)
    let features = Matrix(rows: images, columns: channels * extent * extent)
    let pictures = (0..<images).map { _ in random.floats(channels * height * width) }
    for image in 0..<images { map.setChannelsFirst(pictures[image], image: image) }
    AdaptiveAveragePooling(height: extent, width: extent).forward(
      map, features, images: images - 1, pool: WorkerPool(threads: 2))
    for image in 0..<images - 1 {
      let expected = Reference.adaptiveAveragePooling(
        pictures[image], channels: channels, height: height, width: width, outputHeight: extent,
        outputWidth: extent)
      #expect(
        largestDifference(features.values(row: image), expected)
          <= tolerance(terms: height * width))
    }
    #expect(features.values(row: images - 1).allSatisfy { $0 == 0 })
  }

  @Test(
    "the gradient is the finite differences of the plain pooling, which is linear",
    arguments: extents)
  func backward(height: Int, width: Int, extent: Int) {
    var random = SeededValues(seed: 2)
    let (images, channels) = (2, 3)
    let gradient = FeatureMap(
      images: images, height: height, width: width, channels: channels, padding: 2)
    let featureGradient = Matrix(rows: images, columns: channels * extent * extent)
    let probes = (0..<images).map { _ in random.floats(channels * extent * extent) }
    for image in 0..<images {
      featureGradient.setValues(probes[image], row: image)
      // What was there before must not matter.
      gradient.setChannelsFirst(random.floats(channels * height * width), image: image)
    }
    AdaptiveAveragePooling(height: extent, width: extent).backward(
      featureGradient, gradient, images: images, pool: WorkerPool(threads: 2))
    for image in 0..<images {
      let found = gradient.channelsFirst(image: image)
      for index in found.indices {
        var changed = [Double](repeating: 0, count: found.count)
        changed[index] = 1
        let difference = zip(
          Reference.adaptiveAveragePooling(
            changed, channels: channels, height: height, width: width, outputHeight: extent,
            outputWidth: extent),
          probes[image]
        ).reduce(0) { $0 + $1.0 * Double($1.1) }
        // An input takes part in at most all outputs of its channel.
        #expect(
          abs(Double(found[index]) - difference) <= Double(tolerance(terms: extent * extent)))
      }
      #expect(gradient.border(image: image).allSatisfy { $0 == 0 })
    }
  }

  /// PyTorch 2.15's `adaptive_avg_pool2d(x, 6)` in float64, with `x[i] = i * 7 % 11` and the
  /// gradient `i * 5 % 13 - 6`, both of two channels.
  private struct Golden: Sendable {
    let height: Int
    let width: Int
    let output: [Float]
    let gradient: [Float]
  }

  @Test("maps of 3 x 4 and of 5 x 13 give PyTorch's outputs and gradients", arguments: [0, 1])
  func golden(index: Int) {
    let golden = Self.goldens[index]
    let count = 2 * golden.height * golden.width
    let map = FeatureMap(
      images: 1, height: golden.height, width: golden.width, channels: 2, padding: 1)
    map.setChannelsFirst((0..<count).map { Float($0 * 7 % 11) }, image: 0)
    let features = Matrix(rows: 1, columns: 72)
    let pool = WorkerPool(threads: 1)
    let pooling = AdaptiveAveragePooling(height: 6, width: 6)
    pooling.forward(map, features, images: 1, pool: pool)
    // The values of PyTorch are below 10 and have seven digits after the point.
    #expect(largestDifference(features.values(row: 0), golden.output) <= 2e-6)
    features.setValues((0..<72).map { Float($0 * 5 % 13 - 6) }, row: 0)
    pooling.backward(features, map, images: 1, pool: pool)
    #expect(largestDifference(map.channelsFirst(image: 0), golden.gradient) <= 2e-6)
  }

  private static let goldens = [
    Golden(
      height: 3, width: 4,
      output: [
        0, 3.5, 7, 3, 6.5, 10, 0, 3.5, 7, 3, 6.5, 10, 6, 4, 2, 9, 7, 5, 6, 4, 2, 9, 7, 5, 1, 4.5, 8,
        4, 2, 0, 1, 4.5, 8, 4, 2, 0, 7, 5, 3, 10, 8, 6, 7, 5, 3, 10, 8, 6, 2, 5.5, 9, 5, 3, 1, 2,
        5.5, 9, 5, 3, 1, 8, 6, 4, 0, 3.5, 7, 8, 6, 4, 0, 3.5, 7,
      ],
      gradient: [
        -7, 0, -1, 6, 4, -2, -3, 4, 2, -4, 1.5, -4.5, 0, 7, -7, 0, 4.5, -1.5, 4, -2, -4, 3, 2, -4,
      ]),
    Golden(
      height: 5, width: 13,
      output: [
        3.3333333, 6.3333333, 5.6666667, 5, 4.3333333, 3.6666667, 4.8333333, 6, 5.3333333,
        4.6666667, 4, 5.1666667, 6, 5.3333333, 4.6666667, 4, 5.1666667, 6.3333333, 5.3333333,
        4.6666667, 4, 5.1666667, 6.3333333, 5.6666667, 4.6666667, 4, 5.1666667, 6.3333333,
        5.6666667, 5, 4.3333333, 3.6666667, 6.6666667, 6, 5.3333333, 4.6666667, 3.6666667,
        6.6666667, 6, 5.3333333, 4.6666667, 4, 5.1666667, 6.3333333, 5.6666667, 5, 4.3333333,
        3.6666667, 6.3333333, 5.6666667, 5, 4.3333333, 3.6666667, 4.8333333, 5.6666667, 5,
        4.3333333, 3.6666667, 4.8333333, 6, 5, 4.3333333, 3.6666667, 4.8333333, 6, 5.3333333,
        4.6666667, 4, 3.3333333, 6.3333333, 5.6666667, 5,
      ],
      gradient: [
        -2.3333333, -2.3333333, -2.1666667, 0.1666667, 0.6666667, 0.5, -0.8333333, -1.3333333,
        -0.1666667, 1.1666667, 2.6666667, 1.5, 1.5, 0, 0, -0.5, -0.5, -1.5, -1, -0.3333333,
        0.6666667, 0.8333333, 0.1666667, -0.1666667, -0.3333333, -0.3333333, 1.3333333, 1.3333333,
        0, -1.3333333, -1, 0.3333333, 0.1666667, -0.1666667, -0.8333333, -0.6666667, 0.3333333, 1,
        1, 0.5, 0.5, 0.5, 0, -0.5, -0.5, -1.5, -1, -0.3333333, 0.6666667, 0.8333333, 0.1666667,
        0.1666667, -0.1666667, -0.1666667, 2.1666667, 2.3333333, 0.6666667, -1.6666667, -0.8333333,
        0.8333333, -0.1666667, -1, -1.6666667, -0.6666667, -0.6666667, 1, 1, 0.1666667, -0.8333333,
        0.8333333, 1.6666667, -0.6666667, -2.3333333, -2.1666667, 0.1666667, 0.6666667, 0.5, 0.5,
        -0.6666667, -0.6666667, 0.3333333, 1, 1.5, 0.5, 0.5, 0, -0.5, -0.5, -1.5, -1, -1, 0.6666667,
        0.6666667, 0.8333333, 0.1666667, -0.1666667, -0.3333333, 1, 1.3333333, 0, -1.3333333, -1,
        0.3333333, 0.3333333, -0.1666667, -0.1666667, -0.8333333, -0.6666667, 0.3333333, 1, 1.5,
        0.5, 0.5, 0, -0.5, -0.5, -0.5, -1.1666667, -1.1666667, 0.1666667, 1.3333333, 0.8333333,
        -0.5, -0.6666667, -0.1666667, 2.1666667, 2.3333333, 0.6666667, -1.6666667, -1.6666667,
      ]),
  ]
}
