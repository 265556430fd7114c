import Architecture
import Kernels
import Network
import Threads

/// Measures the time of forward passes of one network.
struct Benchmark {
  let parameters: Parameters
  let precision: Precision
  let batch: Int
  let threads: Int

  struct Result {
    let benchmark: Benchmark
    let kernels: InstructionSet
    let peak: MachinePeak
    /// The median time of a forward pass, in seconds.
    let secondsPerBatch: Double
    let passes: Int
    let layers: [Layer]

    var imagesPerSecond: Double { Double(benchmark.batch) / secondsPerBatch }
  }

  /// The part of a forward pass that one layer took.
  struct Layer {
    let name: String
    /// The median time of the layer, in seconds.
    let seconds: Double
    /// The number of multiplications and additions of the direct computation, for the whole batch.
    let operations: Int
    /// The size of its weights in bytes.
    let weightBytes: Int

    var operationsPerSecond: Double { seconds > 0 ? Double(operations) / seconds : 0 }
    var bytesPerSecond: Double { seconds > 0 ? Double(weightBytes) / seconds : 0 }
  }

  /// Measures the peak rates of the machine, and then forward passes for about `seconds` seconds,
  /// at least three of them, after one that is not measured.
  func run(seconds: Double) -> Result {
    let pool = WorkerPool(threads: threads)
    let kernels = InstructionSet.best
    let peak = MachinePeak.measure(precision.arithmetic, kernels: kernels, pool: pool)
    let plan = Plan(
      parameters, strategy: .best(forBatch: batch), precision: precision, kernels: kernels,
      pool: pool)
    let workspace = Workspace(for: plan, batch: batch, pool: pool)
    fill(workspace)
    workspace.forward(count: batch)

    let clock = ContinuousClock()
    let start = clock.now
    var times: [Double] = []
    var layerTimes: [[Double]] = []
    while times.count < 3 || (clock.now - start) / .seconds(1) < seconds {
      // Setting this resets the times of the layers to zero.
      workspace.measuresLayers = true
      times.append(clock.measure { workspace.forward(count: batch) } / .seconds(1))
      layerTimes.append(workspace.layerSeconds.map(\.seconds))
    }
    return Result(
      benchmark: self, kernels: kernels, peak: peak, secondsPerBatch: median(times),
      passes: times.count, layers: layers(layerTimes, weightBytes: plan.weightBytes))
  }

  /// Writes pictures of seeded random values.
  private func fill(_ workspace: Workspace) {
    let size = parameters.architecture.inputSize
    let values = SeededParameters.values(tensor: 1000, count: 3 * size * size, scale: 128)
    for image in 0..<batch {
      workspace.withInput(image) { input in
        for index in values.indices { input[index] = values[index] }
      }
    }
  }

  /// - Parameters:
  ///   - times: for each pass, the seconds of every layer.
  ///   - weightBytes: bytes of weights, by the layer's name.
  private func layers(_ times: [[Double]], weightBytes: [String: Int]) -> [Layer] {
    parameters.summary.enumerated().map { index, summary in
      Layer(
        name: summary.layer.name, seconds: median(times.map { $0[index] }),
        operations: 2 * summary.multiplyAdds * batch,
        weightBytes: weightBytes[summary.layer.name] ?? 0)
    }
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
