import Architecture
import JSON
import Kernels
import Network

extension Benchmark.Result {
  private var title: String {
    "\(benchmark.parameters.architecture.name), batch \(benchmark.batch), "
      + DisplayText.counted(benchmark.threads, "thread")
      + ", \(precision), \(kernels.name)"
  }

  private var precision: String { benchmark.precision.name }

  func table(_ style: TextStyle) -> String {
    let milliseconds = secondsPerBatch * 1000
    let rows = layers.map { row($0) + "\n" }.joined()
    return """
      \(style.bold(title))

      \(DisplayText.fixed(imagesPerSecond, 1)) images/s, \
      \(DisplayText.fixed(milliseconds / Double(benchmark.batch), 3)) ms an image, \
      \(DisplayText.fixed(milliseconds, 2)) ms a batch (median of \(passes))
      this machine: \(DisplayText.fixed(peak.operationsPerSecond / 1e9, 0)) GFLOP/s, \
      memory \(DisplayText.fixed(peak.bytesPerSecond / 1e9, 1)) GB/s

      \(style.dim("layer      ms a batch   share   GFLOP/s  of peak  of memory"))
      \(rows)
      """
  }

  private func row(_ layer: Benchmark.Layer) -> String {
    let total = layers.reduce(0) { $0 + $1.seconds }
    let computes = layer.operations > 0
    return DisplayText.padded(layer.name, to: 8)
      + DisplayText.rightAligned(DisplayText.fixed(layer.seconds * 1000, 3), to: 13)
      + DisplayText.rightAligned(DisplayText.percent(layer.seconds / total, digits: 1), to: 8)
      + DisplayText.rightAligned(
        computes ? DisplayText.fixed(layer.operationsPerSecond / 1e9, 1) : "-", to: 10)
      + DisplayText.rightAligned(
        computes ? DisplayText.percent(shareOfPeak(layer), digits: 0) : "-", to: 9)
      + DisplayText.rightAligned(
        layer.weightBytes > 0 ? DisplayText.percent(shareOfMemoryRate(layer), digits: 0) : "-",
        to: 11)
  }

  private func shareOfPeak(_ layer: Benchmark.Layer) -> Double {
    layer.operationsPerSecond / peak.operationsPerSecond
  }

  private func shareOfMemoryRate(_ layer: Benchmark.Layer) -> Double {
    layer.bytesPerSecond / peak.bytesPerSecond
  }

  var json: JSONValue {
    [
      "variant": .string(benchmark.parameters.architecture.name),
      "images_per_second": .float(Float(imagesPerSecond)),
      "milliseconds_per_batch": .float(Float(secondsPerBatch * 1000)),
      "batch": .integer(benchmark.batch),
      "threads": .integer(benchmark.threads),
      "precision": .string(precision),
      "isa": .string(kernels.name),
      "peak_gflops_per_second": .float(Float(peak.operationsPerSecond / 1e9)),
      "memory_gigabytes_per_second": .float(Float(peak.bytesPerSecond / 1e9)),
      "layers": .array(layers.map(json)),
    ]
  }

  private func json(_ layer: Benchmark.Layer) -> JSONValue {
    [
      "name": .string(layer.name),
      "milliseconds": .float(Float(layer.seconds * 1000)),
      "gflops_per_second": .float(Float(layer.operationsPerSecond / 1e9)),
      "share_of_peak": .float(Float(shareOfPeak(layer))),
      "share_of_memory_rate": .float(Float(shareOfMemoryRate(layer))),
    ]
  }
}
