import Kernels
import Testing
import Threads

@Suite struct ConvolutionGradientsTests {
  static let cases: [(Convolution.Geometry, height: Int, width: Int)] = [
    // Winograd: windows of 3 and 5, groups, images that are laid out two by two and alone.
    (.init(inputChannels: 32, filters: 48, kernel: 3, stride: 1, padding: 1, groups: 1), 13, 13),
    (.init(inputChannels: 64, filters: 32, kernel: 3, stride: 1, padding: 1, groups: 2), 7, 10),
    (.init(inputChannels: 32, filters: 64, kernel: 5, stride: 1, padding: 2, groups: 2), 11, 9),
    (.init(inputChannels: 16, filters: 16, kernel: 3, stride: 1, padding: 0, groups: 1), 6, 5),
    // Direct: the first layer's kind, strides, groups, one pixel, odd channels and widths.
    (.init(inputChannels: 3, filters: 96, kernel: 11, stride: 4, padding: 0, groups: 1), 27, 31),
    (.init(inputChannels: 3, filters: 64, kernel: 11, stride: 4, padding: 2, groups: 1), 24, 24),
    (.init(inputChannels: 1, filters: 1, kernel: 1, stride: 1, padding: 0, groups: 1), 1, 1),
    (.init(inputChannels: 7, filters: 33, kernel: 3, stride: 2, padding: 1, groups: 1), 5, 15),
    (.init(inputChannels: 6, filters: 9, kernel: 2, stride: 1, padding: 0, groups: 3), 4, 16),
    (.init(inputChannels: 5, filters: 31, kernel: 5, stride: 3, padding: 4, groups: 1), 6, 29),
  ]

  @Test(
    "gradients of a convolution equal the plain ones on every instruction set",
    arguments: InstructionSet.available.map(\.name), cases.indices)
  func equalsReference(isa: String, index: Int) throws {
    let (geometry, height, width) = Self.cases[index]
    let kernels = try #require(InstructionSet(named: isa))
    for (relu, images) in [(false, 2), (true, 5)] {
      var random = SeededValues(seed: UInt64(index))
      let example = Example(geometry, height, width, images, relu, &random)
      let found = example.run(threads: 3, kernels)
      // By pixel as many terms as windows over it have values, by weight all pixels of the batch.
      // Winograd's transforms add the rounding of numbers several times as large.
      let growth: Float = WinogradConvolution.supports(geometry) ? 16 : 1
      let byInput = geometry.filters / geometry.groups * geometry.kernel * geometry.kernel
      let byWeight = images * example.outputCount / geometry.filters
      let expected = example.expected(output: found.output)
      for image in 0..<images {
        #expect(
          largestDifference(found.input[image], expected.input[image])
            <= growth * tolerance(terms: byInput))
      }
      #expect(
        largestDifference(found.weights, expected.weights) <= growth * tolerance(terms: byWeight))
      #expect(largestDifference(found.bias, expected.bias) <= tolerance(terms: byWeight))
    }
  }

  @Test(
    "gradients of a convolution are the same bytes for any number of threads", arguments: [0, 4])
  func sameForAnyThreads(index: Int) {
    let (geometry, height, width) = Self.cases[index]
    var random = SeededValues(seed: 9)
    let example = Example(geometry, height, width, 9, true, &random)
    let (one, four) = (example.run(threads: 1, .best), example.run(threads: 4, .best))
    #expect(one.weights == four.weights && one.bias == four.bias && one.input == four.input)
  }

  @Test("the border of the input's gradient stays zero, as the layer before expects it")
  func border() {
    let (geometry, height, width) = Self.cases[0]
    var random = SeededValues(seed: 2)
    let example = Example(geometry, height, width, 2, true, &random)
    #expect(example.run(threads: 2, .best).border.allSatisfy { $0 == 0 })
  }
}

/// A layer with weights, inputs and output gradients.
private struct Example {
  let geometry: Convolution.Geometry
  let height: Int
  let width: Int
  let relu: Bool
  let weights: [Float]
  let bias: [Float]
  let pictures: [[Float]]
  let gradients: [[Float]]
  let outputCount: Int

  init(
    _ geometry: Convolution.Geometry, _ height: Int, _ width: Int, _ images: Int, _ relu: Bool,
    _ random: inout SeededValues
  ) {
    self.geometry = geometry
    self.height = height
    self.width = width
    self.relu = relu
    outputCount =
      geometry.filters * geometry.outputExtent(height) * geometry.outputExtent(width)
    weights = random.floats(geometry.weightDimensions.reduce(1, *))
    bias = random.floats(geometry.filters)
    var (pictures, gradients): ([[Float]], [[Float]]) = ([], [])
    for _ in 0..<images {
      pictures.append(random.floats(geometry.inputChannels * height * width))
      gradients.append(random.floats(outputCount))
    }
    self.pictures = pictures
    self.gradients = gradients
  }

  struct Found {
    var output: [[Float]]
    var input: [[Float]]
    var border: [Float]
    var weights: [Float]
    var bias: [Float]
  }

  /// Gradients are added to ones, which are taken off again.
  func run(threads: Int, _ kernels: InstructionSet) -> Found {
    let pool = WorkerPool(threads: threads)
    // Other weights at first: what `setWeights` takes over must replace all of them.
    var layer = TrainingConvolution(
      geometry, weights: FloatBuffer(weights.map { $0 + 1 }),
      bias: FloatBuffer(bias.map { $0 + 1 }),
      relu: relu, kernels: kernels)
    layer.setWeights(FloatBuffer(weights), bias: FloatBuffer(bias), pool: pool)
    func map(_ channels: Int, _ height: Int, _ width: Int, _ padding: Int) -> FeatureMap {
      FeatureMap(
        images: pictures.count, height: height, width: width, channels: channels, padding: padding)
    }
    let (outHeight, outWidth) = (geometry.outputExtent(height), geometry.outputExtent(width))
    let input = map(geometry.inputChannels, height, width, layer.inputPadding)
    let output = map(geometry.filters, outHeight, outWidth, 1)
    let gradient = map(geometry.filters, outHeight, outWidth, layer.outputGradientPadding)
    let inputGradient = map(geometry.inputChannels, height, width, 2)
    for image in pictures.indices {
      input.setChannelsFirst(pictures[image], image: image)
      gradient.setChannelsFirst(gradients[image], image: image)
    }
    let weightGradient = FloatBuffer([Float](repeating: 1, count: weights.count))
    let biasGradient = FloatBuffer([Float](repeating: 1, count: bias.count))
    let scratch = FloatBuffer(count: layer.scratchCount)
    layer.forward(input, output, images: pictures.count, scratch: scratch, pool: pool)
    layer.backward(
      input, output: output, outputGradient: gradient, inputGradient: inputGradient,
      weightGradient: weightGradient, biasGradient: biasGradient, images: pictures.count,
      scratch: scratch, pool: pool)
    return Found(
      output: pictures.indices.map { output.channelsFirst(image: $0) },
      input: pictures.indices.map { inputGradient.channelsFirst(image: $0) },
      border: pictures.indices.flatMap { inputGradient.border(image: $0) },
      weights: weightGradient.values(0..<weights.count).map { $0 - 1 },
      bias: biasGradient.values(0..<bias.count).map { $0 - 1 })
  }

  /// - Parameter output: what came out forward: on which side of zero a value lies is decided by
  ///   its rounding.
  func expected(output: [[Float]]) -> (input: [[Float]], weights: [Float], bias: [Float]) {
    var input: [[Float]] = []
    var weightSums = [Double](repeating: 0, count: weights.count)
    var biasSums = [Double](repeating: 0, count: bias.count)
    for image in pictures.indices {
      let gradient =
        relu
        ? Reference.reluGradient(output: output[image], outputGradient: gradients[image])
        : gradients[image]
      let layer = Reference.convolutionGradients(
        pictures[image], height: height, width: width, weights: weights, outputGradient: gradient,
        geometry: geometry)
      input.append(layer.input)
      for index in weightSums.indices { weightSums[index] += Double(layer.weights[index]) }
      for index in biasSums.indices { biasSums[index] += Double(layer.bias[index]) }
    }
    return (input, weightSums.map { Float($0) }, biasSums.map { Float($0) })
  }
}
