import Architecture
import Kernels
import Network
import Threads

/// Forward passes of one network, timed.
struct Benchmark {
  let network: Network
  let batch: Int
  let threads: Int

  struct Result {
    let benchmark: Benchmark
    let peak: MachinePeak
    /// The median time of a pass, in seconds.
    let secondsPerBatch: Double
    let passes: Int
    let layers: [Layer]

    var imagesPerSecond: Double { Double(benchmark.batch) / secondsPerBatch }
  }

  /// What one layer took of a pass.
  struct Layer {
    let name: String
    /// The median.
    let seconds: Double
    /// Multiplications and additions of the direct computation, for the whole batch.
    let operations: Int
    /// Bytes of its weights.
    let weightBytes: Int

    var operationsPerSecond: Double { seconds > 0 ? Double(operations) / seconds : 0 }
    var bytesPerSecond: Double { seconds > 0 ? Double(weightBytes) / seconds : 0 }
  }

  /// Measures the machine, then the network: for about this long, after one pass to warm up; at least
  /// three passes.
  func run(seconds: Double) -> Result {
    let pool = WorkerPool(threads: threads)
    let peak = MachinePeak.measure(
      network.precision.arithmetic, kernels: network.kernels, pool: pool)
    let workspace = Workspace(for: network, batch: batch, pool: pool)
    fill(workspace)
    workspace.forward(count: batch)

    let clock = ContinuousClock()
    let start = clock.now
    var times: [Double] = []
    var layerTimes: [[Double]] = []
    while times.count < 3 || (clock.now - start) / .seconds(1) < seconds {
      // Counts the layers' times from zero.
      workspace.measuresLayers = true
      times.append(clock.measure { workspace.forward(count: batch) } / .seconds(1))
      layerTimes.append(workspace.layerSeconds.map(\.seconds))
    }
    return Result(
      benchmark: self, peak: peak, secondsPerBatch: median(times), passes: times.count,
      layers: layers(layerTimes))
  }

  /// Writes pictures of seeded random values.
  private func fill(_ workspace: Workspace) {
    let size = network.architecture.inputSize
    let values = SeededParameters.values(tensor: 1000, count: 3 * size * size, scale: 128)
    for image in 0..<batch {
      workspace.withInput(image) { input in
        for index in values.indices { input[index] = values[index] }
      }
    }
  }

  /// - Parameter times: seconds of each pass, by layer.
  private func layers(_ times: [[Double]]) -> [Layer] {
    let weightBytes = network.weightBytes
    return network.summary.enumerated().map { index, summary in
      Layer(
        name: summary.layer.name, seconds: median(times.map { $0[index] }),
        operations: 2 * summary.multiplyAdds * batch,
        weightBytes: weightBytes[summary.layer.name] ?? 0)
    }
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
