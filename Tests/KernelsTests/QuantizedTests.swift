import Kernels
import Tensors
import Testing
import Threads

/// Integer sums are exact, so that only the last rounding may differ: by one step of a byte where
/// a value lies in the middle between two.
@Suite(.alsoInGuardedMemory) struct QuantizedTests {
  static let convolutions: [(Convolution.Geometry, height: Int, width: Int)] = [
    (.init(inputChannels: 3, filters: 96, kernel: 11, stride: 4, padding: 0, groups: 1), 27, 31),
    (.init(inputChannels: 96, filters: 64, kernel: 5, stride: 1, padding: 2, groups: 2), 9, 27),
    (.init(inputChannels: 24, filters: 40, kernel: 3, stride: 1, padding: 1, groups: 1), 13, 13),
    (.init(inputChannels: 7, filters: 33, kernel: 3, stride: 2, padding: 1, groups: 1), 5, 15),
    (.init(inputChannels: 1, filters: 1, kernel: 1, stride: 1, padding: 0, groups: 1), 1, 1),
  ]

  @Test(
    "an 8-bit convolution equals the naive one over the same whole numbers",
    arguments: InstructionSet.available.map(\.name), convolutions.indices)
  func convolution(isa: String, index: Int) throws {
    let (geometry, height, width) = Self.convolutions[index]
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: UInt64(index))
    let weights = QuantizedWeights(
      values: bytes(&random, geometry.weightDimensions.reduce(1, *)).map { Int8(bitPattern: $0) },
      scales: random.floats(geometry.filters).map { abs($0) + 0.1 })
    let bias = random.floats(geometry.filters).map { $0 * 1000 }
    let (inputScale, outputScale): (Float, Float) = (0.5, 40)
    let picture = bytes(&random, geometry.inputChannels * height * width)
    let input = ByteMap(
      images: 2, height: height, width: width, channels: geometry.inputChannels,
      padding: geometry.padding)
    for image in 0..<2 { input.setChannelsFirst(picture, image: image) }
    let output = ByteMap(
      images: 2, height: geometry.outputExtent(height), width: geometry.outputExtent(width),
      channels: geometry.filters, padding: 1)
    QuantizedConvolution(
      geometry, weights: weights, bias: bias, inputScale: inputScale, outputScale: outputScale,
      kernels: kernels
    ).run(input, output, images: 2, pool: WorkerPool(threads: 2))

    let perFilter = weights.values.count / geometry.filters
    let expected = Reference.convolution(
      picture.map { Float($0) * inputScale }, height: height, width: width,
      weights: weights.values.indices.map {
        Float(weights.values[$0]) * weights.scales[$0 / perFilter]
      },
      bias: bias, geometry: geometry, relu: true)
    check(output.channelsFirst(image: 1), expected.map { $0 / outputScale })
  }

  static let winogradLayers: [(Convolution.Geometry, height: Int, width: Int)] = [
    (.init(inputChannels: 96, filters: 64, kernel: 5, stride: 1, padding: 2, groups: 2), 9, 27),
    (.init(inputChannels: 24, filters: 40, kernel: 3, stride: 1, padding: 1, groups: 1), 13, 13),
    (.init(inputChannels: 4, filters: 1, kernel: 3, stride: 1, padding: 0, groups: 1), 3, 3),
    (.init(inputChannels: 8, filters: 34, kernel: 5, stride: 1, padding: 1, groups: 1), 6, 4),
  ]

  /// Small inputs fit the points' bytes as they are, and filters of one weight that is read at one
  /// place have products of one size, or none: then nothing is rounded before the end.
  @Test(
    "8-bit Winograd is exact where nothing has to be rounded",
    arguments: InstructionSet.available.map(\.name), winogradLayers.indices)
  func exactWinograd(isa: String, index: Int) throws {
    let (geometry, height, width) = Self.winogradLayers[index]
    var random = SeededValues(seed: UInt64(index))
    let area = geometry.kernel * geometry.kernel
    let depth = geometry.inputChannels / geometry.groups
    var values = [Int8](repeating: 0, count: geometry.weightDimensions.reduce(1, *))
    for filter in 0..<geometry.filters {
      let place = filter % area
      let weight = Int8(random.next() % 127) + 1
      for channel in 0..<depth {
        let sign = Int8(random.next() % 3) - 1
        values[(filter * depth + channel) * area + place] = sign * weight
      }
    }
    let picture = bytes(&random, geometry.inputChannels * height * width).map { $0 % 32 }
    let (found, expected) = try run(
      Self.winogradLayers[index], values, picture, points: { WinogradPoints($0, range: 1) },
      isa: isa, &random)
    check(found, expected, within: 0.51)
  }

  @Test(
    "8-bit Winograd is off by little, and not to one side, in steps that were measured",
    arguments: InstructionSet.available.map(\.name), winogradLayers.indices)
  func winograd(isa: String, index: Int) throws {
    let (geometry, height, width) = Self.winogradLayers[index]
    var random = SeededValues(seed: UInt64(index))
    let values = bytes(&random, geometry.weightDimensions.reduce(1, *)).map {
      Int8(bitPattern: $0 == 128 ? 127 : $0)
    }
    let picture = bytes(&random, geometry.inputChannels * height * width)
    let (found, expected) = try run(
      Self.winogradLayers[index], values, picture,
      points: { geometry in
        let map = FeatureMap(
          images: 1, height: height, width: width, channels: geometry.inputChannels,
          padding: geometry.padding)
        map.setChannelsFirst(picture.map { Float($0) * Self.inputScale }, image: 0)
        var meter = WinogradPointsMeter(geometry)
        meter.observe(map)
        return meter.points
      }, isa: isa, &random)
    // The largest byte stands for 9 standard deviations, as noise of weights and inputs is added
    // up.
    let differences = zip(found, expected).map { Float($0) - $1 }
    let count = Float(differences.count)
    let meanSquare = differences.reduce(0) { $0 + $1 * $1 } / count
    let mean = differences.reduce(0, +) / count
    let spread = deviation(expected)
    #expect(meanSquare.squareRoot() < 0.03 * spread + 0.3)
    #expect(abs(mean) < 0.01 * spread + 0.1)
  }

  private static let inputScale: Float = 0.5

  /// What the layer gives, and what the naive convolution does, in steps that let most of it fit a
  /// byte.
  private func run(
    _ layer: (Convolution.Geometry, height: Int, width: Int), _ values: [Int8], _ picture: [UInt8],
    points: (Convolution.Geometry) -> WinogradPoints, isa: String, _ random: inout SeededValues
  ) throws -> (found: [UInt8], expected: [Float]) {
    let (geometry, height, width) = layer
    let kernels = try #require(InstructionSet(named: isa))
    let weights = QuantizedWeights(
      values: values, scales: random.floats(geometry.filters).map { abs($0) + 0.1 })
    let perFilter = values.count / geometry.filters
    let sums = Reference.convolution(
      picture.map { Float($0) * Self.inputScale }, height: height, width: width,
      weights: values.indices.map { Float(values[$0]) * weights.scales[$0 / perFilter] },
      bias: Array(repeating: 0, count: geometry.filters), geometry: geometry, relu: false)
    let outputScale = max(deviation(sums) / 30, 1e-3)
    let bias = random.floats(geometry.filters).map { (100 + 20 * $0) * outputScale }
    let convolution = QuantizedWinogradConvolution(
      geometry, weights: weights, bias: bias, inputScale: Self.inputScale,
      outputScale: outputScale, points: points(geometry), kernels: kernels)
    let input = ByteMap(
      images: 2, height: height, width: width, channels: geometry.inputChannels,
      padding: geometry.padding)
    for image in 0..<2 { input.setChannelsFirst(picture, image: image) }
    let output = ByteMap(
      images: 2, height: geometry.outputExtent(height), width: geometry.outputExtent(width),
      channels: geometry.filters, padding: 1)
    let scratch = Buffer<UInt8>(
      count: convolution.scratchCount(outputHeight: output.height, outputWidth: output.width))
    convolution.run(input, output, images: 2, scratch: scratch, pool: WorkerPool(threads: 2))
    #expect(output.channelsFirst(image: 0) == output.channelsFirst(image: 1))
    let area = output.height * output.width
    return (
      output.channelsFirst(image: 1),
      sums.enumerated().map { max(0, min(255, ($1 + bias[$0 / area]) / outputScale)) }
    )
  }

  private func deviation(_ values: [Float]) -> Float {
    let mean = values.reduce(0, +) / Float(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Float(values.count)).squareRoot()
  }

  /// From the definition of each product, in the order of its groups.
  @Test("points are measured as they are defined, the border included", arguments: [3, 5])
  func points(window: Int) {
    let geometry = Convolution.Geometry(
      inputChannels: 20, filters: 4, kernel: window, stride: 1, padding: window / 2, groups: 1)
    let (height, width) = (5, 6)
    var random = SeededValues(seed: 11)
    let map = FeatureMap(
      images: 1, height: height, width: width, channels: 20, padding: geometry.padding)
    map.setChannelsFirst(random.floats(20 * height * width).map(abs), image: 0)
    let picture = map.channelsFirst(image: 0)
    var meter = WinogradPointsMeter(geometry)
    meter.observe(map)
    let measured = meter.points

    let sides: [(group: Int, inputs: [Float])] =
      window == 3
      ? [(0, [0, 1, 1, 0]), (1, [0, -1, 1, 0]), (2, [1, 0, -1, 0]), (3, [0, 1, 0, -1])]
      : [
        (0, [0, 1, 1, 0, 0, 0]), (0, [0, 0, 0, 0, 1, 0]), (1, [0, -1, 1, 0, 0, 0]),
        (2, [1, 0, -1, 0, 0, 0]), (2, [0, 0, 0, 1, -1, 0]), (3, [0, 1, 0, -1, 0, 0]),
        (3, [0, 0, 0, 0, 1, -1]),
      ]
    var maxima: [[Float]] = []
    for group in 0..<16 {
      for down in sides where down.group == group / 4 {
        for across in sides where across.group == group % 4 {
          maxima.append(
            (0..<20).map { channel in
              var largest: Float = 0
              for tile in 0..<9 {
                var sum: Float = 0
                for (i, a) in down.inputs.enumerated() {
                  for (j, b) in across.inputs.enumerated() {
                    let y = min(tile / 3 * 2 + i - geometry.padding, height - 1 + geometry.padding)
                    let x = min(tile % 3 * 2 + j - geometry.padding, width - 1 + geometry.padding)
                    guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
                    sum += a * b * picture[(channel * height + y) * width + x]
                  }
                }
                largest = max(largest, abs(sum))
              }
              return largest
            })
        }
      }
    }
    #expect(maxima.count == WinogradPoints.products(window: window))
    for (product, expected) in maxima.enumerated() {
      let ranges = Array(measured.ranges[product * 20..<(product + 1) * 20])
      if window == 3 {
        #expect(largestDifference(ranges, expected.map { $0 * 1.1 }) < 1e-5)
      } else {
        // Evened out: the largest stays, and the order.
        let largest = expected.max() ?? 0
        #expect(
          largestDifference(ranges, expected.map { ($0 * largest).squareRoot() * 1.1 }) < 1e-5)
      }
    }
    let means = (0..<20).map { channel in
      picture[channel * 30..<(channel + 1) * 30].reduce(0, +) / 30
    }
    #expect(largestDifference(measured.means, means) < 1e-5)
  }

  @Test(
    "an input becomes bytes by its channels' means and scales",
    arguments: InstructionSet.available.map(\.name))
  func input(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    let picture = FeatureMap(images: 1, height: 5, width: 7, channels: 3, padding: 1)
    let bytes = ByteMap(images: 1, height: 5, width: 7, channels: 3, padding: 2)
    var random = SeededValues(seed: 3)
    let values = random.floats(3 * 35).map { $0 * 3 }
    picture.setChannelsFirst(values, image: 0)
    let (mean, scale): ([Float], [Float]) = ([124, 117, 104], [0.015625, 0.02, 0.01])
    InputQuantization(mean: mean, scale: scale, width: 7).run(picture, bytes, kernels: kernels)
    check(
      bytes.channelsFirst(image: 0),
      values.enumerated().map { $1 / scale[$0 / 35] + mean[$0 / 35] })
  }

  @Test(
    "8-bit pooling and normalisation equal the naive ones after rounding",
    arguments: InstructionSet.available.map(\.name))
  func maps(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 9)
    let (channels, extent) = (37, 13)
    let values = bytes(&random, channels * extent * extent)
    let input = ByteMap(images: 1, height: extent, width: extent, channels: channels)
    input.setChannelsFirst(values, image: 0)
    let pool = WorkerPool(threads: 1)

    let pooling = MaxPooling(kernel: 3, stride: 2)
    let pooled = ByteMap(images: 1, height: 6, width: 6, channels: channels)
    pooling.run(input, pooled, images: 1, pool: pool, kernels: kernels)
    let expectedPooled = Reference.maxPooling(
      values.map(Float.init), channels: channels, height: extent, width: extent, pooling: pooling)
    #expect(pooled.channelsFirst(image: 0).map(Float.init) == expectedPooled)

    // The second one is the paper's.
    for normalization in [
      LocalResponseNormalization(alpha: 0.01),
      LocalResponseNormalization(alpha: 0.002, k: 2, alphaDividedBySize: false),
    ] {
      let normalized = ByteMap(images: 1, height: extent, width: extent, channels: channels)
      normalization.run(
        input, normalized, inputScale: 0.2, outputScale: 0.1, images: 1, pool: pool,
        kernels: kernels)
      let expected = Reference.normalization(
        values.map { Float($0) * 0.2 }, channels: channels, area: extent * extent,
        normalization: normalization)
      // Roots of 14 bits are off by a fortieth of the largest byte's step.
      check(normalized.channelsFirst(image: 0), expected.map { $0 / 0.1 }, within: 0.53)
    }
  }

  /// Wide neighbourhoods, which a file may ask for, reach past both ends of a pixel's channels.
  @Test(
    "8-bit normalisation over more channels than there are equals the naive one",
    arguments: InstructionSet.available.map(\.name), [131, 141, 301])
  func wideNormalization(isa: String, size: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: UInt64(size))
    let (channels, height, width) = (37, 2, 5)
    let values = bytes(&random, channels * height * width)
    let input = ByteMap(images: 1, height: height, width: width, channels: channels)
    input.setChannelsFirst(values, image: 0)
    let output = ByteMap(images: 1, height: height, width: width, channels: channels)
    let normalization = LocalResponseNormalization(size: size, alpha: 0.01)
    normalization.run(
      input, output, inputScale: 0.02, outputScale: 0.02, images: 1,
      pool: WorkerPool(threads: 1), kernels: kernels)
    let expected = Reference.normalization(
      values.map { Float($0) * 0.02 }, channels: channels, area: height * width,
      normalization: normalization)
    check(output.channelsFirst(image: 0), expected.map { $0 / 0.02 }, within: 0.6)
  }

  /// Values that a damaged file may hold.
  @Test(
    "numbers that are too small, infinite or NaN give finite results, and stop nothing",
    arguments: [0, Float.leastNonzeroMagnitude, -1, Float.infinity, .nan])
  func hostileNumbers(number: Float) throws {
    let geometry = Convolution.Geometry(
      inputChannels: 4, filters: 3, kernel: 3, stride: 1, padding: 1, groups: 1)
    var floats = [Float](repeating: number, count: 108)
    floats[50] = number.isFinite ? number / 2 : Float.leastNonzeroMagnitude
    let weights = QuantizedWeights(floats, outputs: 3)
    #expect(weights.scales.allSatisfy { $0.isFinite && $0 > 0 })
    let input = ByteMap(images: 1, height: 4, width: 4, channels: 4, padding: 1)
    let output = ByteMap(images: 1, height: 4, width: 4, channels: 3)
    let pool = WorkerPool(threads: 1)
    QuantizedConvolution(
      geometry, weights: weights, bias: [1, 2, 3], inputScale: number, outputScale: number
    ).run(input, output, images: 1, pool: pool)
    let winograd = QuantizedWinogradConvolution(
      geometry, weights: weights, bias: [1, 2, 3], inputScale: number, outputScale: number,
      points: WinogradPoints(geometry, range: number))
    winograd.run(
      input, output, images: 1,
      scratch: Buffer(count: winograd.scratchCount(outputHeight: 4, outputWidth: 4)), pool: pool)
    InputQuantization(mean: [0, 0, number, 0], scale: [number, 1, 1, 1], width: 4).run(
      FeatureMap(images: 1, height: 4, width: 4, channels: 4), input)

    let vector = FeatureVectors(images: 1, length: 4)
    vector.setValues([1, 2, 3, 4], image: 0)
    let result = FeatureVectors(images: 1, length: 3)
    QuantizedFullyConnected(
      weights: try Tensor(int8: Array(repeating: 1, count: 12), shape: [3, 4]),
      scales: [1, 1, 1], bias: [1, 2, 3], inputScale: number, relu: false
    ).run(vector, result, images: 1, pool: pool)
    #expect(result.values(image: 0).allSatisfy { $0.isFinite })
    var random = SeededValues(seed: 1)
    let matrix = try random.sparseMatrix(
      rows: 3, columns: 4, codebook: Array(repeating: number, count: 15) + [number / 3])
    QuantizedSparseFullyConnected(matrix, bias: [1, 2, 3], inputScale: 0.1, relu: false)
      .run(vector, result, images: 1, pool: pool)
    // Only -1 makes a codebook of weights that count.
    #expect(number == -1 || result.values(image: 0) == [1, 2, 3])
  }

  @Test(
    "an 8-bit fully connected layer equals the naive one over rounded inputs",
    arguments: InstructionSet.available.map(\.name), [1, 2, 37])
  func fullyConnected(isa: String, images: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: UInt64(images))
    for (inputs, outputs) in [(4, 1), (132, 45), (1100, 7)] {
      let weights = bytes(&random, inputs * outputs)
      let scales = random.floats(outputs).map { abs($0) + 0.01 }
      let bias = random.floats(outputs)
      let inputScale: Float = 1 / 64
      for relu in [false, true] {
        let layer = QuantizedFullyConnected(
          weights: try Tensor(bytes: weights, .int8, shape: [outputs, inputs]), scales: scales,
          bias: bias, inputScale: inputScale, relu: relu, kernels: kernels)
        let input = FeatureVectors(images: images, length: inputs, kernels: kernels)
        let output = FeatureVectors(images: images, length: outputs, kernels: kernels)
        // Whole steps, some past the largest byte.
        let vectors = (0..<images).map { _ in
          bytes(&random, inputs).map { Float($0) * 2 * inputScale }
        }
        for (image, vector) in vectors.enumerated() { input.setValues(vector, image: image) }
        layer.run(input, output, images: images, pool: WorkerPool(threads: 2))
        for image in [0, images - 1] {
          let expected = Reference.fullyConnected(
            vectors[image].map { min($0, 255 * inputScale) },
            weights: weights.indices.map {
              Float(Int8(bitPattern: weights[$0])) * scales[$0 / inputs]
            }, bias: bias, relu: relu)
          let largest = expected.map(abs).max() ?? 0
          // Three roundings of the sum.
          #expect(
            largestDifference(output.values(image: image), expected)
              <= 4 * .ulpOfOne * max(largest, 1) + tolerance(terms: inputs) * 1e-2)
        }
      }
    }
  }

  @Test("bytes of a map become vectors in the order channels, rows, columns", arguments: [1, 35])
  func features(images: Int) {
    var random = SeededValues(seed: 6)
    let map = ByteMap(images: 1, height: 3, width: 4, channels: 5, padding: 1)
    let vectors = ByteVectors(images: images, length: 60)
    let pictures = (0..<images).map { _ in bytes(&random, 60) }
    for (image, picture) in pictures.enumerated() {
      map.setChannelsFirst(picture, image: 0)
      vectors.setChannelsFirst(map, imageOfMap: 0, image: image)
    }
    for (image, picture) in pictures.enumerated() {
      #expect(vectors.values(image: image) == picture)
    }
  }

  @Test("weights are quantised to within half a step of their output's own scale")
  func weights() {
    var random = SeededValues(seed: 4)
    let values = random.floats(30).map { $0 * 3 } + [Float](repeating: 0, count: 10)
    let quantized = QuantizedWeights(values, outputs: 4)
    for (index, value) in values.enumerated() {
      let scale = quantized.scales[index / 10]
      #expect(abs(Float(quantized.values[index]) * scale - value) <= scale * 0.5001)
    }
    #expect(quantized.values.map(abs).max() == 127)
  }

  private func bytes(_ random: inout SeededValues, _ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
  }

  /// `expected` is in steps of a byte, not yet rounded.
  private func check(_ found: [UInt8], _ expected: [Float], within tolerance: Float = 0.501) {
    #expect(found.count == expected.count)
    let wrong = zip(found, expected).filter { found, expected in
      abs(Float(found) - max(0, min(255, expected))) > tolerance
    }
    #expect(wrong.isEmpty)
    #expect(Set(found).count >= min(20, found.count / 2))
  }
}
