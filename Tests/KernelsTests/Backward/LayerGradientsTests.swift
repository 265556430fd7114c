import Kernels
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct LayerGradientsTests {
  @Test(
    "a fully connected layer and its gradients equal the plain ones, and so does its fused step",
    arguments: InstructionSet.available.flatMap { kernels in
      TrainingPrecision.allCases.map { (kernels.name, $0) }
    }, [1, 5, 33])
  func fullyConnected(
    kind: (isa: String, precision: TrainingPrecision), images: Int
  ) throws {
    let kernels = try #require(InstructionSet(named: kind.isa))
    // What the products see of their factors.
    func seen(_ values: [Float]) -> [Float] {
      kind.precision == .bfloat16 ? values.map(nearestBFloat16) : values
    }
    var random = SeededValues(seed: 1)
    for (inputs, outputs, relu) in [
      (1, 1, false), (37, 15, true), (530, 45, true), (600, 520, false),
    ] {
      let pool = WorkerPool(threads: 3)
      let layer = TrainingFullyConnected(
        inputs: inputs, outputs: outputs, relu: relu, kernels: kernels)
      let (weights, bias) = (random.floats(inputs * outputs), random.floats(outputs))
      let (input, output) = (
        Matrix(rows: images, columns: inputs), Matrix(rows: images, columns: outputs)
      )
      let (gradient, inputGradient) = (
        Matrix(rows: images, columns: outputs), Matrix(rows: images, columns: inputs)
      )
      let vectors = (0..<images).map { _ in random.floats(inputs) }
      var gradients = (0..<images).map { _ in random.floats(outputs) }
      for image in 0..<images {
        input.setValues(vectors[image], row: image)
        gradient.setValues(gradients[image], row: image)
      }
      let scratch = FloatBuffer(count: layer.scratchCount(upTo: images))
      let weightBuffer = FloatBuffer(weights)
      layer.forward(
        weights: weightBuffer, bias: FloatBuffer(bias), input, output, images: images,
        precision: kind.precision, scratch: scratch, pool: pool)
      var weightSums = [Double](repeating: 0, count: weights.count)
      for image in 0..<images {
        let expected = Reference.fullyConnected(
          seen(vectors[image]), weights: seen(weights), bias: bias, relu: relu)
        #expect(
          largestDifference(output.values(row: image), expected) <= tolerance(terms: inputs + 1))
        if relu {
          gradients[image] = Reference.reluGradient(
            output: output.values(row: image), outputGradient: gradients[image])
        }
      }
      let biasGradient = FloatBuffer([Float](repeating: 1, count: outputs))
      layer.addBiasGradient(
        output: output, outputGradient: gradient, to: biasGradient, images: images, pool: pool)
      layer.inputGradient(
        weights: weightBuffer, outputGradient: gradient, inputGradient: inputGradient,
        images: images, precision: kind.precision, pool: pool)
      var biasSums = [Float](repeating: 1, count: outputs)
      for image in 0..<images {
        #expect(gradient.values(row: image) == gradients[image])
        let expected = Reference.fullyConnectedGradients(
          seen(vectors[image]), weights: seen(weights), outputGradient: seen(gradients[image]))
        #expect(
          largestDifference(inputGradient.values(row: image), expected.input)
            <= tolerance(terms: outputs))
        for index in weightSums.indices { weightSums[index] += Double(expected.weights[index]) }
        for index in biasSums.indices { biasSums[index] += gradients[image][index] }
      }
      #expect(
        largestDifference(biasGradient.values(0..<outputs), biasSums)
          <= tolerance(terms: images + 1))

      let expected = weightSums.map { Float($0) }
      var (stepped, velocities) = (weights, random.floats(weights.count))
      let velocityBuffer = FloatBuffer(velocities)
      var step = DescentStep(rate: 0.25, momentum: 0.9, weightDecay: 0.125, gradientScale: 0.5)
      step.averageShare = 0.125
      let before = random.floats(weights.count)
      let averages = FloatBuffer(before)
      layer.descend(
        step, weights: weightBuffer, velocities: velocityBuffer, averages: averages, input,
        outputGradient: gradient, images: images, precision: kind.precision, pool: pool)
      let found = weightBuffer.values(0..<weights.count)
      #expect(
        largestDifference(
          averages.values(0..<weights.count), zip(before, found).map { $0 + ($1 - $0) / 8 })
          <= 16 * .ulpOfOne)
      Reference.descend(
        &stepped, velocities: &velocities, gradients: expected.map { $0 / 2 }, rate: 0.25,
        momentum: 0.9, weightDecay: 0.125)
      // The step's own three roundings are of values below 4.
      let error = tolerance(terms: images + 1) + 16 * .ulpOfOne
      #expect(largestDifference(weightBuffer.values(0..<weights.count), stepped) <= error)
      #expect(largestDifference(velocityBuffer.values(0..<weights.count), velocities) <= error)
    }
  }

  @Test(
    "pooling's gradient equals the plain one, ties, NaNs and cut-off windows included",
    arguments: InstructionSet.available.map(\.name))
  func maxPooling(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 3)
    for (channels, height, width) in [(96, 13, 27), (1, 3, 3), (37, 54, 5), (16, 8, 9)] {
      for (rounding, images) in [(MaxPooling.Rounding.down, 1), (.up, 13)] {
        let pooling = MaxPooling(kernel: 3, stride: 2, rounding: rounding)
        let (outHeight, outWidth) = (pooling.outputExtent(height), pooling.outputExtent(width))
        let input = FeatureMap(
          images: images, height: height, width: width, channels: channels, padding: 1)
        let gradient = FeatureMap(
          images: images, height: height, width: width, channels: channels, padding: 2)
        let outputGradient = FeatureMap(
          images: images, height: outHeight, width: outWidth, channels: channels, padding: 2)
        // Quarters, many of which are equal.
        let pictures = (0..<images).map { _ in
          random.floats(channels * height * width).map { ($0 * 4).rounded() / 4 }
        }
        var withNaN = pictures
        withNaN[0][channels * height * width / 2] = .nan
        let gradients = (0..<images).map { _ in random.floats(channels * outHeight * outWidth) }
        for image in 0..<images {
          input.setChannelsFirst(withNaN[image], image: image)
          gradient.setChannelsFirst(pictures[image], image: image)
          outputGradient.setChannelsFirst(gradients[image], image: image)
        }
        pooling.backward(
          input, outputGradient: outputGradient, inputGradient: gradient, images: images,
          pool: WorkerPool(threads: 3), kernels: kernels)
        for image in 0..<images {
          let expected = Reference.maxPoolingGradient(
            withNaN[image], channels: channels, height: height, width: width,
            outputGradient: gradients[image], pooling: pooling)
          // Up to four windows pass their gradient on to a value.
          #expect(
            largestDifference(gradient.channelsFirst(image: image), expected)
              <= tolerance(terms: 4))
          #expect(gradient.border(image: image).allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test(
    "normalisation's gradient equals the plain one for AlexNet's and other parameters, in place too",
    arguments: InstructionSet.available.map(\.name))
  func normalization(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 4)
    let cases: [(LocalResponseNormalization, channels: Int)] = [
      (.init(), 96), (.init(k: 2, alphaDividedBySize: false), 256), (.init(size: 3, alpha: 0.5), 5),
      (.init(size: 7, alpha: 1, beta: 0.5), 33), (.init(size: 1, alpha: 2, beta: 1), 16),
    ]
    for (normalization, channels) in cases {
      let values = random.floats(channels * 15).map { $0 * 20 }
      let gradients = random.floats(channels * 15)
      func map(_ values: [Float]) -> FeatureMap {
        let map = FeatureMap(images: 1, height: 3, width: 5, channels: channels, padding: 1)
        map.setChannelsFirst(values, image: 0)
        return map
      }
      let gradient = map(gradients)
      normalization.backward(
        map(values), outputGradient: gradient, inputGradient: gradient, images: 1,
        pool: WorkerPool(threads: 2), kernels: kernels)
      let expected = Reference.normalizationGradient(
        values, channels: channels, area: 15, outputGradient: gradients,
        normalization: normalization)
      // A few roundings of the window's terms, whose sum is below twice the size.
      let error = Float(16 * normalization.size) * Float.ulpOfOne
      #expect(largestDifference(gradient.channelsFirst(image: 0), expected) <= error)
    }
  }

  @Test(
    "batch normalisation and its gradients equal the plain ones, far from zero too",
    arguments: InstructionSet.available.map(\.name), [false, true])
  func batchNormalization(isa: String, relu: Bool) throws {
    let kernels = try #require(InstructionSet(named: isa))
    let pool = WorkerPool(threads: 3)
    var random = SeededValues(seed: 5)
    let (images, height, width) = (3, 5, 7)
    for (channels, center) in [(1, Float(0)), (37, 8), (64, 0)] {
      let area = height * width
      let values = (0..<images).map { _ in random.floats(channels * area).map { $0 + center } }
      let gradients = (0..<images).map { _ in random.floats(channels * area) }
      let (scale, shift) = (random.floats(channels), random.floats(channels))
      func map() -> FeatureMap {
        FeatureMap(images: images, height: height, width: width, channels: channels, padding: 1)
      }
      let (input, output, gradient) = (map(), map(), map())
      for image in 0..<images {
        input.setChannelsFirst(values[image], image: image)
        gradient.setChannelsFirst(gradients[image], image: image)
      }
      let layer = BatchNormalization(
        channels: channels, epsilon: 1e-3, relu: relu, kernels: kernels)
      let scales = FloatBuffer(scale)
      let statistics = layer.forward(
        input, output, scale: scales, shift: FloatBuffer(shift), images: images, pool: pool)
      let expected = Reference.batchNormalization(
        values.flatMap(\.self), images: images, channels: channels, area: area, scale: scale,
        shift: shift, epsilon: 1e-3)
      let outputs = (0..<images).flatMap { output.channelsFirst(image: $0) }
      // Values up to `center + 1` are multiplied with factors up to about 2, and rounded thrice.
      let error = 8 * (center + 1) * Float.ulpOfOne
      #expect(
        largestDifference(outputs, relu ? expected.output.map { max(0, $0) } : expected.output)
          <= error)
      #expect(largestDifference(statistics.mean, expected.statistics.mean) <= error)
      #expect(largestDifference(statistics.variance, expected.statistics.variance) <= error)

      let stopped =
        relu
        ? Reference.reluGradient(output: outputs, outputGradient: gradients.flatMap(\.self))
        : gradients.flatMap(\.self)
      let plain = Reference.batchNormalizationGradients(
        values.flatMap(\.self), images: images, channels: channels, area: area, scale: scale,
        epsilon: 1e-3, outputGradient: stopped)
      let (byScale, byShift) = (FloatBuffer(count: channels), FloatBuffer(count: channels))
      layer.backward(
        input, output: output, outputGradient: gradient, inputGradient: gradient,
        statistics: statistics, scale: scales, scaleGradient: byScale, shiftGradient: byShift,
        images: images, pool: pool)
      let found = (0..<images).flatMap { gradient.channelsFirst(image: $0) }
      #expect(largestDifference(found, plain.input) <= 2 * error)
      let sumError = 2 * (center + 1) * tolerance(terms: images * area)
      #expect(largestDifference(byScale.values(0..<channels), plain.weights) <= sumError)
      #expect(largestDifference(byShift.values(0..<channels), plain.bias) <= sumError)
    }
  }

  @Test(
    "a fully connected layer gives the same bits with any number of threads, and reads only the images that there are",
    arguments: TrainingPrecision.allCases)
  func threadsAndParts(precision: TrainingPrecision) {
    let (images, inputs, outputs) = (21, 600, 520)
    var random = SeededValues(seed: 9)
    let (values, vectors, gradients) = (
      random.floats(inputs * outputs), (0..<images).map { _ in random.floats(inputs) },
      (0..<images).map { _ in random.floats(outputs) }
    )
    let layer = TrainingFullyConnected(inputs: inputs, outputs: outputs, relu: true)
    // Whatever is behind the last image must not be looked at.
    let results = [(threads: 1, others: 0), (3, 0), (3, 12)].map { threads, others in
      let pool = WorkerPool(threads: threads)
      let rows = images + others
      let (input, output) = (
        Matrix(rows: rows, columns: inputs), Matrix(rows: rows, columns: outputs)
      )
      let (gradient, inputGradient) = (
        Matrix(rows: rows, columns: outputs), Matrix(rows: rows, columns: inputs)
      )
      for row in 0..<rows {
        let isImage = row < images
        input.setValues(isImage ? vectors[row] : Array(repeating: .nan, count: inputs), row: row)
        gradient.setValues(
          isImage ? gradients[row] : Array(repeating: .nan, count: outputs), row: row)
      }
      let (weights, velocities) = (FloatBuffer(values), FloatBuffer(count: values.count))
      layer.forward(
        weights: weights, bias: FloatBuffer(count: outputs), input, output, images: images,
        precision: precision, scratch: FloatBuffer(count: layer.scratchCount(upTo: images)),
        pool: pool)
      layer.inputGradient(
        weights: weights, outputGradient: gradient, inputGradient: inputGradient, images: images,
        precision: precision, pool: pool)
      layer.descend(
        DescentStep(rate: 0.5, momentum: 0), weights: weights, velocities: velocities, input,
        outputGradient: gradient, images: images, precision: precision, pool: pool)
      return (0..<images).flatMap { output.values(row: $0) + inputGradient.values(row: $0) }
        + weights.values(0..<values.count)
    }
    #expect(results[0].allSatisfy { $0.isFinite })
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test("memory for a batch is enough for every part of it")
  func partsOfBatches() {
    let (batch, inputs, outputs) = (128, 4096, 1000)
    let pool = WorkerPool(threads: 2)
    let layer = TrainingFullyConnected(inputs: inputs, outputs: outputs, relu: false)
    let weights = FloatBuffer(count: inputs * outputs)
    let scratch = FloatBuffer(count: layer.scratchCount(upTo: batch))
    let (input, output) = (
      Matrix(rows: batch, columns: inputs), Matrix(rows: batch, columns: outputs)
    )
    // Both check that there is enough, and 124 images need more than 128.
    for images in [1, 17, 65, 96, 124, 125, 127, 128] {
      layer.forward(
        weights: weights, bias: FloatBuffer(count: outputs), input, output, images: images,
        scratch: scratch, pool: pool)
      let squares = layer.weightGradientSquares(
        input, outputGradient: output, images: images, scratch: scratch, pool: pool)
      #expect(squares == 0)
    }
  }
}
