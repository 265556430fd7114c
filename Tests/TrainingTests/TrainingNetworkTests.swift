import Architecture
import Kernels
import Network
import System
import Testing
import Training

@Suite struct TrainingNetworkTests {
  private let small: SmallTraining

  init() throws { small = try SmallTraining() }

  @Test("folding batch normalisation gives what the training network gives")
  func folds() throws {
    let rows = try SmallTraining.architecture.summary()
    let network = try TrainingNetwork(
      rows, parameters: Initialization.parameters(rows, seed: 3), batch: 6, pool: small.pool,
      batchNormalization: true)
    func write(_ network: TrainingNetwork) {
      for image in 0..<6 {
        var random = RandomStream(seed: UInt64(image), .noise)
        network.trunk?.withInput(image) { span in
          for index in 0..<span.count { span[index] = Float(random.normal()) }
        }
      }
    }
    for step in 0..<5 {
      write(network)
      network.forward(images: 6, dropoutSeed: UInt64(step))
      _ = network.losses(BatchTargets(labels: [0, 1, 2, 0, 1, 2]), images: 6)
      network.backward(images: 6)
      network.descend(DescentStep(rate: 0.05), images: 6)
    }
    write(network)
    let logits = network.forward(images: 6, dropoutSeed: nil)
    let folded = try TrainingNetwork(
      rows, parameters: network.parameters, batch: 6, pool: small.pool)
    write(folded)
    let plain = folded.forward(images: 6, dropoutSeed: nil)
    for image in 0..<6 {
      for (first, second) in zip(logits.values(row: image), plain.values(row: image)) {
        #expect(abs(first - second) < 1e-4)
      }
    }
  }

  @Test("the norm of all gradients is that of the step they make")
  func gradientNorm() throws {
    let rows = try SmallTraining.architecture.summary()
    let before = Initialization.parameters(rows, seed: 3)
    let network = try TrainingNetwork(rows, parameters: before, batch: 5, pool: small.pool)
    for image in 0..<5 {
      var random = RandomStream(seed: UInt64(image), .noise)
      network.trunk?.withInput(image) { span in
        for index in 0..<span.count { span[index] = Float(random.normal()) }
      }
    }
    network.forward(images: 5, dropoutSeed: 1)
    _ = network.losses(BatchTargets(labels: [0, 1, 2, 0, 1]), images: 5)
    network.backward(images: 5)
    let norm = network.gradientNorm(images: 5)
    network.descend(DescentStep(rate: 1, momentum: 0), images: 5)
    var squares = 0.0
    for (name, values) in network.parameters {
      for (old, new) in zip(before[name] ?? [], values) {
        squares += Double(old - new) * Double(old - new)
      }
    }
    #expect(abs(norm - squares.squareRoot()) < 1e-4 * norm)
  }
}
