import Architecture
import Kernels
import Testing
import Threads
import Training

/// A small network of every kind of layer, whose gradients are compared with differences of its
/// loss.
@Suite struct NetworkGradientTests {
  private static let architecture = Architecture(
    name: "small", inputSize: 11,
    layers: [
      .convolution("first", 6, kernel: 3, stride: 2, padding: 1),
      .normalization("norm"),
      .maxPooling("pool", kernel: 2, stride: 1),
      .convolution("second", 8, kernel: 3, padding: 1, groups: 2),
      .fullyConnected("hidden", 7),
      .fullyConnected("classes", 3, relu: false),
    ])
  private static let images = 4
  private static let labels = [0, 2, 1, 2]

  private let rows: [LayerSummary]
  private let pictures: [[Float]]
  private var parameters: [String: [Float]] = [:]

  init() throws {
    rows = try Self.architecture.summary()
    var random = RandomStream(seed: 11, .initialization)
    pictures = (0..<Self.images).map { _ in
      (0..<11 * 11 * 3).map { _ in Float(random.normal()) }
    }
    for tensor in rows.flatMap(\.tensors) {
      let inputs = max(1, tensor.dimensions.dropFirst().reduce(1, *))
      parameters[tensor.name] = (0..<tensor.dimensions.reduce(1, *)).map { _ in
        Float(random.normal() / Double(inputs).squareRoot())
      }
    }
  }

  /// The loss of the batch with these parameters, and the parameters after one step without
  /// momentum.
  private func step(
    _ parameters: [String: [Float]], rate: Float, threads: Int = 2,
    precision: TrainingPrecision = .float32
  ) throws -> (loss: Double, parameters: [String: [Float]]) {
    let network = try network(parameters, threads: threads, precision: precision)
    network.forward(images: Self.images, dropoutSeed: 1)
    let losses = network.losses(BatchTargets(labels: Self.labels), images: Self.images)
    network.backward(images: Self.images)
    network.descend(DescentStep(rate: rate, momentum: 0), images: Self.images)
    return (losses.reduce(0, +), network.parameters)
  }

  /// A network with the pictures as its inputs.
  private func network(
    _ parameters: [String: [Float]], threads: Int, precision: TrainingPrecision
  ) throws -> TrainingNetwork {
    let network = try TrainingNetwork(
      rows, parameters: parameters, batch: Self.images, pool: WorkerPool(threads: threads),
      precision: precision)
    for (image, picture) in pictures.enumerated() {
      network.trunk?.withInput(image) { span in
        for index in 0..<span.count { span[index] = picture[index] }
      }
    }
    return network
  }

  @Test("the step of every tensor is its gradient, as differences of the loss give it")
  func gradients() throws {
    let rate: Float = 1
    let stepped = try step(parameters, rate: rate)
    #expect(stepped.loss > 0.5 && stepped.loss < 3)
    for (name, values) in parameters {
      let after = try #require(stepped.parameters[name])
      let gradients = zip(values, after).map { ($0 - $1) / rate }
      let largest = gradients.map(abs).max() ?? 0
      #expect(largest > 0, "\(name) has no gradient")
      for index in stride(from: 0, to: values.count, by: max(1, values.count / 6)) {
        func loss(_ change: Float) throws -> Double {
          var changed = parameters
          changed[name]?[index] += change
          return try step(changed, rate: 0).loss
        }
        let difference = try loss(2e-3) - loss(-2e-3)
        // The loss is computed in float32, and bends within the difference.
        #expect(
          abs(difference / 4e-3 - Double(gradients[index])) < 0.02 * Double(largest) + 1e-3,
          "\(name)[\(index)]")
      }
    }
  }

  @Test("in bfloat16 the gradients are nearly the same, and what is measured is float32")
  func bfloat16() throws {
    let exact = try step(parameters, rate: 1)
    let rounded = try step(parameters, rate: 1, precision: .bfloat16)
    #expect(rounded.loss != exact.loss && abs(rounded.loss - exact.loss) < 0.02 * exact.loss)
    for (name, values) in parameters {
      let (expected, found) = try (
        #require(exact.parameters[name]), #require(rounded.parameters[name])
      )
      let largest = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
      let error = zip(expected, found).map { abs($0 - $1) }.max() ?? 0
      // Rounding changes a factor by up to 2^-8 of its value, and a product by about 2^-7. A
      // gradient sums such products over two layers, and its terms may be larger than their sum.
      #expect(error < 0.05 * largest, "\(name): \(error) of \(largest)")
    }
    let outputs = try TrainingPrecision.allCases.map { precision in
      let network = try network(parameters, threads: 2, precision: precision)
      let logits = network.forward(images: Self.images, dropoutSeed: nil)
      return (0..<Self.images).map { logits.values(row: $0) }
    }
    #expect(outputs[0] == outputs[1])
  }

  @Test(
    "any number of threads gives the same bits",
    arguments: TrainingPrecision.allCases)
  func threads(precision: TrainingPrecision) throws {
    let one = try step(parameters, rate: 0.1, threads: 1, precision: precision)
    let three = try step(parameters, rate: 0.1, threads: 3, precision: precision)
    #expect(one.loss == three.loss && one.parameters == three.parameters)
  }

  @Test("repeated steps bring the loss down")
  func descends() throws {
    var current = parameters
    let before = try step(current, rate: 0).loss
    for _ in 0..<30 { current = try step(current, rate: 0.1).parameters }
    #expect(try step(current, rate: 0).loss < before / 4)
  }
}
