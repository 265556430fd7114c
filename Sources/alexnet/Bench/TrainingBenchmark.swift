import Architecture
import Kernels
import Network
import Threads
import Training

/// Measures the time of training steps of one network, from random weights.
struct TrainingBenchmark {
  let architecture: Architecture
  let batch: Int
  let threads: Int
  let precision: TrainingPrecision
  let batchNormalization: Bool
  /// Height and width of the pictures, in pixels: at most those of the network's own.
  let size: Int

  struct Result {
    let benchmark: TrainingBenchmark
    let kernels: InstructionSet
    let peak: MachinePeak
    /// The median time of a step, in seconds.
    let secondsPerBatch: Double
    let steps: Int
    let layers: [Layer]
    /// The median time of the loss and its gradient, in seconds.
    let lossSeconds: Double
    /// The median time of the norm of all gradients, in seconds.
    let normSeconds: Double

    var imagesPerSecond: Double { Double(benchmark.batch) / secondsPerBatch }
  }

  /// The part of a step that one layer took.
  struct Layer {
    let name: String
    /// The median times of the layer's parts, in seconds.
    let forward: Double
    let backward: Double
    let update: Double
    /// The number of multiplications and additions of the direct computation, in all three parts,
    /// for the whole batch.
    let operations: Int

    var seconds: Double { forward + backward + update }
    var operationsPerSecond: Double { seconds > 0 ? Double(operations) / seconds : 0 }
  }

  /// What was measured in one step, in seconds.
  private struct Step {
    var total = 0.0
    var loss = 0.0
    var norm = 0.0
    /// By layer and part.
    var layers: [[Double]] = []
  }

  /// Measures the peak rates of the machine, and then steps for about `seconds` seconds, at least
  /// three of them, after one that is not measured.
  func run(seconds: Double) throws -> Result {
    let pool = WorkerPool(threads: threads)
    let kernels = InstructionSet.best
    let peak = MachinePeak.measure(precision.arithmetic, kernels: kernels, pool: pool)
    let (rows, network) = try network(pool)
    fill(network, rows)
    let targets = BatchTargets(
      labels: (0..<batch).map { $0 * 7919 % max(1, architecture.classCount) })
    network.times.isEnabled = true
    _ = step(0, network, targets, rows.count)

    let clock = ContinuousClock()
    let start = clock.now
    var steps: [Step] = []
    while steps.count < 3 || (clock.now - start) / .seconds(1) < seconds {
      steps.append(step(UInt64(steps.count + 1), network, targets, rows.count))
    }
    return Result(
      benchmark: self, kernels: kernels, peak: peak,
      secondsPerBatch: median(steps.map(\.total)), steps: steps.count,
      layers: layers(rows, steps), lossSeconds: median(steps.map(\.loss)),
      normSeconds: median(steps.map(\.norm)))
  }

  private func network(_ pool: WorkerPool) throws -> ([LayerSummary], TrainingNetwork) {
    let rows: [LayerSummary]
    do throws(ArchitectureError) {
      var resized = architecture
      resized.inputSize = size
      // The fully connected layers stay as they are.
      rows =
        try resized.summary().filter { !$0.layer.isFullyConnected }
        + architecture.summary().filter(\.layer.isFullyConnected)
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
    do throws(TrainingError) {
      let network = try TrainingNetwork(
        rows, parameters: Initialization.parameters(rows, seed: 1), batch: batch, pool: pool,
        batchNormalization: batchNormalization, precision: precision)
      return (rows, network)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Writes pictures of seeded random values.
  private func fill(_ network: TrainingNetwork, _ rows: [LayerSummary]) {
    for image in 0..<batch {
      let values = SeededParameters.values(
        tensor: 1000 + image, count: 3 * size * size, scale: 128)
      network.trunk?.withInput(image) { input in
        for index in values.indices { input[index] = values[index] }
      }
    }
  }

  /// A step as `alexnet train` takes it, with clipped gradients, so that any number of steps leaves
  /// finite weights.
  private func step(
    _ number: UInt64, _ network: TrainingNetwork, _ targets: BatchTargets, _ layers: Int
  ) -> Step {
    let clock = ContinuousClock()
    var result = Step()
    network.times.reset()
    let total = clock.measure {
      network.forward(images: batch, dropoutSeed: number)
      result.loss =
        clock.measure { _ = network.losses(targets, images: batch) } / .seconds(1)
      network.backward(images: batch)
      var norm = 0.0
      result.norm =
        clock.measure { norm = network.gradientNorm(images: batch) } / .seconds(1)
      network.descend(
        DescentStep(
          rate: 1e-3, momentum: 0.9, weightDecay: 5e-4,
          gradientScale: norm > 1 ? Float(1 / norm) : 1),
        images: batch)
    }
    result.total = total / .seconds(1)
    result.layers = (0..<layers).map { layer in
      LayerTimes.Part.allCases.map { network.times.seconds(layer: layer, $0) }
    }
    return result
  }

  private func layers(_ rows: [LayerSummary], _ steps: [Step]) -> [Layer] {
    rows.enumerated().map { index, row in
      func seconds(_ part: LayerTimes.Part) -> Double {
        median(steps.map { $0.layers[index][part.rawValue] })
      }
      // The gradients by the inputs and by the weights cost as much as the way forward; the first
      // layer needs only one of them.
      return Layer(
        name: row.layer.name, forward: seconds(.forward), backward: seconds(.backward),
        update: seconds(.update),
        operations: (index == 0 ? 2 : 3) * 2 * row.multiplyAdds * batch)
    }
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
