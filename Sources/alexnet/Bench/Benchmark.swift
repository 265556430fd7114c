import Kernels
import Network

/// Forward passes of one network, timed.
struct Benchmark {
  let network: Network
  let batch: Int
  let threads: Int

  struct Result {
    let benchmark: Benchmark
    /// The median time of a pass, in seconds.
    let secondsPerBatch: Double
    let passes: Int
    /// Seconds of one pass for each layer: the mean.
    let layers: [(summary: LayerSummary, seconds: Double)]

    var imagesPerSecond: Double { Double(benchmark.batch) / secondsPerBatch }
  }

  /// Measures for about this long, after one pass to warm up; at least three passes.
  func run(seconds: Double) -> Result {
    let workspace = Workspace(for: network, batch: batch, pool: WorkerPool(threads: threads))
    let size = network.architecture.inputSize
    let values = SeededParameters.values(tensor: 1000, count: 3 * size * size, scale: 128)
    for image in 0..<batch {
      workspace.withInput(image) { input in
        for index in values.indices { input[index] = values[index] }
      }
    }
    workspace.forward(count: batch)

    workspace.measuresLayers = true
    let clock = ContinuousClock()
    let start = clock.now
    var times: [Double] = []
    while times.count < 3 || (clock.now - start) / .seconds(1) < seconds {
      times.append(clock.measure { workspace.forward(count: batch) } / .seconds(1))
    }
    times.sort()
    let layers = zip(network.summary, workspace.layerSeconds).map {
      (summary: $0, seconds: $1.seconds / Double(times.count))
    }
    return Result(
      benchmark: self, secondsPerBatch: times[times.count / 2], passes: times.count,
      layers: layers)
  }
}
