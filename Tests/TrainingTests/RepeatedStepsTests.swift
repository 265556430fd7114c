import Architecture
import Kernels
import Testing
import Threads
import Training

/// Several steps of one network, which keeps its maps, its scratch memory and its copies of the
/// weights from step to step.
@Suite struct RepeatedStepsTests {
  /// Maps of 27 and 13 pixels, as AlexNet has them: more tiles than are transformed at a time, and
  /// tiles that reach over the edge.
  private static let architecture = Architecture(
    name: "small", inputSize: 55,
    layers: [
      .convolution("conv1", 6, kernel: 3, stride: 2, padding: 0),
      .normalization("norm1"),
      .convolution("conv2", 8, kernel: 5, padding: 2, groups: 2),
      .maxPooling("pool2", kernel: 3, stride: 2),
      .convolution("conv3", 20, kernel: 3, padding: 1),
      .convolution("conv4", 10, kernel: 3, padding: 1, groups: 2),
      .maxPooling("pool4", kernel: 3, stride: 2),
      .fullyConnected("fc5", 37),
      .fullyConnected("fc6", 5, relu: false, dropout: 0.5),
    ])
  private static let images = 5

  private func take(
    _ step: Int, with network: TrainingNetwork
  ) -> Double {
    for image in 0..<Self.images {
      var random = RandomStream(seed: 3, .noise, UInt64(step), UInt64(image))
      network.trunk?.withInput(image) { span in
        for index in 0..<span.count { span[index] = Float(random.normal()) }
      }
    }
    network.forward(images: Self.images, dropoutSeed: UInt64(step))
    let labels = (0..<Self.images).map { ($0 + step) % 5 }
    let losses = network.losses(BatchTargets(labels: labels), images: Self.images)
    network.backward(images: Self.images)
    network.descend(
      DescentStep(rate: 0.02, momentum: 0.9, weightDecay: 0.01), images: Self.images)
    return losses.reduce(0, +)
  }

  @Test(
    "a network goes on after its steps as a new one with its state does, bit for bit",
    arguments: [
      (false, TrainingPrecision.float32), (true, .float32), (false, .bfloat16),
    ])
  func steps(batchNormalization: Bool, precision: TrainingPrecision) throws {
    let rows = try Self.architecture.summary()
    func network() throws -> TrainingNetwork {
      try TrainingNetwork(
        rows, parameters: Initialization.parameters(rows, seed: 2), batch: Self.images + 1,
        pool: WorkerPool(threads: 2), batchNormalization: batchNormalization,
        precision: precision)
    }
    let trained = try network()
    for step in 0..<4 {
      let other = try network()
      try other.restore(trained.state)
      #expect(take(step, with: trained) == take(step, with: other))
      let (found, expected) = (trained.state, other.state)
      #expect(Set(found.keys) == Set(expected.keys))
      for (name, values) in expected {
        #expect(found[name] == values, "\(name) after step \(step)")
      }
    }
  }
}
