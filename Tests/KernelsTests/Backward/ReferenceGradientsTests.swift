import Kernels
import Testing

/// The plain gradients beside finite differences, in double precision.
@Suite struct ReferenceGradientsTests {
  @Test(
    "the plain gradients of a convolution are its finite differences",
    arguments: [
      (
        Convolution.Geometry(
          inputChannels: 4, filters: 6, kernel: 3, stride: 1, padding: 1, groups: 2), 4, 5
      ),
      (.init(inputChannels: 3, filters: 2, kernel: 5, stride: 2, padding: 2, groups: 1), 7, 6),
      (.init(inputChannels: 1, filters: 2, kernel: 4, stride: 3, padding: 0, groups: 1), 9, 8),
      (.init(inputChannels: 3, filters: 3, kernel: 1, stride: 1, padding: 0, groups: 3), 2, 2),
    ])
  func convolution(geometry: Convolution.Geometry, height: Int, width: Int) {
    var random = SeededValues(seed: 1)
    let input = random.doubles(geometry.inputChannels * height * width)
    let weights = random.doubles(geometry.weightDimensions.reduce(1, *))
    let bias = random.doubles(geometry.filters)
    let probe = random.doubles(
      geometry.filters * geometry.outputExtent(height) * geometry.outputExtent(width))
    func output(_ input: [Double], _ weights: [Double], _ bias: [Double]) -> [Double] {
      Reference.convolution(
        input, height: height, width: width, weights: weights, bias: bias, geometry: geometry,
        relu: false)
    }
    let gradients = Reference.convolutionGradients(
      input, height: height, width: width, weights: weights, outputGradient: probe,
      geometry: geometry)
    expectDerivatives(gradients.input, at: input, probe) { output($0, weights, bias) }
    expectDerivatives(gradients.weights, at: weights, probe) { output(input, $0, bias) }
    expectDerivatives(gradients.bias, at: bias, probe) { output(input, weights, $0) }
  }

  @Test("the plain gradients of a fully connected layer are its finite differences")
  func fullyConnected() {
    var random = SeededValues(seed: 2)
    let (input, weights) = (random.doubles(7), random.doubles(35))
    let (bias, probe) = (random.doubles(5), random.doubles(5))
    let gradients = Reference.fullyConnectedGradients(
      input, weights: weights, outputGradient: probe)
    expectDerivatives(gradients.input, at: input, probe) {
      Reference.fullyConnected($0, weights: weights, bias: bias, relu: false)
    }
    expectDerivatives(gradients.weights, at: weights, probe) {
      Reference.fullyConnected(input, weights: $0, bias: bias, relu: false)
    }
    expectDerivatives(gradients.bias, at: bias, probe) {
      Reference.fullyConnected(input, weights: weights, bias: $0, relu: false)
    }
  }

  @Test(
    "the plain gradient of overlapping pooling is its finite differences",
    arguments: [MaxPooling.Rounding.down, .up])
  func maxPooling(rounding: MaxPooling.Rounding) {
    var random = SeededValues(seed: 3)
    let pooling = MaxPooling(kernel: 3, stride: 2, rounding: rounding)
    let (channels, height, width) = (2, 8, 6)
    let input = random.doubles(channels * height * width)
    let probe = random.doubles(
      channels * pooling.outputExtent(height) * pooling.outputExtent(width))
    let gradient = Reference.maxPoolingGradient(
      input, channels: channels, height: height, width: width, outputGradient: probe,
      pooling: pooling)
    expectDerivatives(gradient, at: input, probe) {
      Reference.maxPooling(
        $0, channels: channels, height: height, width: width, pooling: pooling)
    }
  }

  @Test("of equal maxima the first in reading order gets the gradient, of NaNs the last")
  func tiedMaxima() {
    let pooling = MaxPooling(kernel: 3, stride: 3)
    func gradient(_ input: [Double]) -> [Double] {
      Reference.maxPoolingGradient(
        input, channels: 1, height: 3, width: 3, outputGradient: [5], pooling: pooling)
    }
    #expect(gradient([0, 0, 1, 1, 0, 1, 0, 0, 0]) == [0, 0, 5, 0, 0, 0, 0, 0, 0])
    #expect(gradient([0, 0, 0, 0, 0, 0, 0, 0, 0]) == [5, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(gradient([0, .nan, 1, 9, .nan, 1, 0, 8, 0]) == [0, 0, 0, 0, 5, 0, 0, 0, 0])
  }

  @Test("the plain gradient of local response normalisation is its finite differences")
  func normalization() {
    var random = SeededValues(seed: 4)
    let cases: [(LocalResponseNormalization, channels: Int)] = [
      (.init(alpha: 0.5), 9), (.init(k: 2, alphaDividedBySize: false), 5),
      (.init(size: 3, alpha: 2, beta: 0.5), 2), (.init(size: 1, alpha: 1, beta: 1), 3),
    ]
    for (normalization, channels) in cases {
      let input = random.doubles(channels * 2).map { $0 * 3 }
      let probe = random.doubles(channels * 2)
      let gradient = Reference.normalizationGradient(
        input, channels: channels, area: 2, outputGradient: probe, normalization: normalization)
      expectDerivatives(gradient, at: input, probe) {
        Reference.normalization($0, channels: channels, area: 2, normalization: normalization)
      }
    }
  }

  @Test("ReLU passes the gradient where its output is above zero")
  func relu() {
    #expect(
      Reference.reluGradient(output: [0, 2, -0.0, 1], outputGradient: [1, 2, 3, 4])
        == [0, 2, 0, 4])
  }

  @Test("dropout divides what it keeps by the probability of keeping")
  func dropout() {
    #expect(
      Reference.dropout([1, 2, 3], kept: [true, false, true], rate: 0.25) == [4.0 / 3, 0, 4])
  }

  @Test("the gradient of the cross-entropy is its finite differences, for every kind of target")
  func softmaxCrossEntropy() {
    var random = SeededValues(seed: 5)
    let logits = random.doubles(6).map { $0 * 4 }
    let unscaled = random.doubles(6).map { $0 + 1 }
    let soft = unscaled.map { $0 / unscaled.reduce(0, +) }
    for targets in [
      Reference.targets(label: 2, classes: 6, smoothing: 0.0),
      Reference.targets(label: 5, classes: 6, smoothing: 0.1), soft, unscaled,
    ] {
      for temperature in [1, 2.5] {
        let gradient = Reference.softmaxCrossEntropy(
          logits, targets: targets, temperature: temperature
        ).gradient
        expectDerivatives(gradient, at: logits, [1]) {
          [Reference.softmaxCrossEntropy($0, targets: targets, temperature: temperature).loss]
        }
      }
    }
  }

  @Test("the cross-entropy of a certain answer is 0, of a uniform one the logarithm of the classes")
  func knownLosses() {
    let certain = Reference.softmaxCrossEntropy([1000.0, 0, 0], targets: [1, 0, 0])
    #expect(certain.loss == 0 && certain.gradient == [0, 0, 0])
    let uniform = Reference.softmaxCrossEntropy([7.0, 7, 7, 7], targets: [0, 0, 1, 0])
    #expect(abs(uniform.loss - 1.386_294_361_119_890_6) < 1e-14)
    #expect(
      Reference.targets(label: 1, classes: 4, smoothing: 0.5) == [0.125, 0.625, 0.125, 0.125])
  }

  @Test("the plain gradients of batch normalisation are its finite differences")
  func batchNormalization() {
    var random = SeededValues(seed: 6)
    let (images, channels, area) = (3, 2, 4)
    let input = random.doubles(images * channels * area)
    let (scale, shift) = (random.doubles(channels), random.doubles(channels))
    let probe = random.doubles(input.count)
    func output(_ input: [Double], _ scale: [Double], _ shift: [Double]) -> [Double] {
      Reference.batchNormalization(
        input, images: images, channels: channels, area: area, scale: scale, shift: shift,
        epsilon: 1e-3
      ).output
    }
    let gradients = Reference.batchNormalizationGradients(
      input, images: images, channels: channels, area: area, scale: scale, epsilon: 1e-3,
      outputGradient: probe)
    expectDerivatives(gradients.input, at: input, probe) { output($0, scale, shift) }
    expectDerivatives(gradients.weights, at: scale, probe) { output(input, $0, shift) }
    expectDerivatives(gradients.bias, at: shift, probe) { output(input, scale, $0) }
  }

  @Test("a step of gradient descent adds decay to the gradient and the gradient to the velocity")
  func descent() {
    var (weights, velocities) = ([1.0, -2], [0.5, 0])
    Reference.descend(
      &weights, velocities: &velocities, gradients: [0.25, 1], rate: 0.5, momentum: 0.5,
      weightDecay: 0.25)
    #expect(velocities == [0.75, 0.5])
    #expect(weights == [0.625, -2.25])
  }
}

extension SeededValues {
  mutating func doubles(_ count: Int) -> [Double] { floats(count).map(Double.init) }
}

/// Expects `gradient` to be the derivatives, at `point`, of the sum of `function`'s values, each
/// times its `probe`.
///
/// A central difference over `2 h` is off by the order of `h^2` and by the rounding of the sums
/// divided by `h`: both are below 1e-7 for the sums of these tests.
private func expectDerivatives(
  _ gradient: [Double], at point: [Double], _ probe: [Double],
  sourceLocation: SourceLocation = #_sourceLocation, of function: ([Double]) -> [Double]
) {
  let step = 1e-5
  func loss(_ point: [Double]) -> Double {
    zip(function(point), probe).reduce(0) { $0 + $1.0 * $1.1 }
  }
  guard gradient.count == point.count else {
    Issue.record(
      "\(gradient.count) derivatives, not \(point.count)", sourceLocation: sourceLocation)
    return
  }
  var largestError = 0.0
  for index in point.indices {
    var (below, above) = (point, point)
    below[index] -= step
    above[index] += step
    let difference = (loss(above) - loss(below)) / (2 * step)
    largestError = max(largestError, abs(difference - gradient[index]))
  }
  #expect(largestError < 1e-7, sourceLocation: sourceLocation)
}
