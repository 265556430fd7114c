import Architecture
import JSON
import Kernels
import System

extension TrainingBenchmark.Result {
  private var title: String {
    "\(benchmark.architecture.name)\(benchmark.batchNormalization ? " with batch norm" : ""), "
      + "training, \(benchmark.size) pixels, batch \(benchmark.batch), "
      + DisplayText.counted(benchmark.threads, "thread")
      + ", \(benchmark.precision.rawValue), \(kernels.name)"
  }

  func table(_ style: TextStyle) -> String {
    let milliseconds = secondsPerBatch * 1000
    let rows = layers.map { row($0) + "\n" }.joined()
    return """
      \(style.bold(title))

      \(DisplayText.fixed(imagesPerSecond, 1)) images/s, \
      \(DisplayText.fixed(milliseconds / Double(benchmark.batch), 3)) ms an image, \
      \(DisplayText.fixed(milliseconds, 2)) ms a step (median of \(steps))
      this machine: \(DisplayText.fixed(peak.operationsPerSecond / 1e9, 0)) GFLOP/s, \
      memory \(DisplayText.fixed(peak.bytesPerSecond / 1e9, 1)) GB/s

      \(style.dim("layer      ms a step   forward  backward    update   share   GFLOP/s  of peak"))
      \(rows)\(row("loss", lossSeconds))
      \(row("norm", normSeconds))

      """
  }

  private func row(_ layer: TrainingBenchmark.Layer) -> String {
    let computes = layer.operations > 0
    return row(layer.name, layer.seconds, middle: [layer.forward, layer.backward, layer.update])
      + DisplayText.rightAligned(
        computes ? DisplayText.fixed(layer.operationsPerSecond / 1e9, 1) : "-", to: 10)
      + DisplayText.rightAligned(
        computes ? DisplayText.percent(shareOfPeak(layer), digits: 0) : "-", to: 9)
  }

  /// A row up to the column of the shares; without parts these columns are empty.
  private func row(_ name: String, _ seconds: Double, middle parts: [Double] = []) -> String {
    let columns = (0..<3).map { index in
      DisplayText.rightAligned(
        index < parts.count ? DisplayText.fixed(parts[index] * 1000, 2) : "", to: 10)
    }
    return DisplayText.padded(name, to: 8)
      + DisplayText.rightAligned(DisplayText.fixed(seconds * 1000, 2), to: 13)
      + columns.joined()
      + DisplayText.rightAligned(
        DisplayText.percent(seconds / secondsPerBatch, digits: 1), to: 8)
  }

  private func shareOfPeak(_ layer: TrainingBenchmark.Layer) -> Double {
    layer.operationsPerSecond / peak.operationsPerSecond
  }

  var json: JSONValue {
    [
      "variant": .string(benchmark.architecture.name),
      "training": .bool(true),
      "batch_norm": .bool(benchmark.batchNormalization),
      "size": .integer(benchmark.size),
      "images_per_second": .float(Float(imagesPerSecond)),
      "milliseconds_per_batch": .float(Float(secondsPerBatch * 1000)),
      "batch": .integer(benchmark.batch),
      "threads": .integer(benchmark.threads),
      "precision": .string(benchmark.precision.rawValue),
      "isa": .string(kernels.name),
      "peak_gflops_per_second": .float(Float(peak.operationsPerSecond / 1e9)),
      "memory_gigabytes_per_second": .float(Float(peak.bytesPerSecond / 1e9)),
      "peak_memory_bytes": .integer(peakMemory()),
      "loss_milliseconds": .float(Float(lossSeconds * 1000)),
      "norm_milliseconds": .float(Float(normSeconds * 1000)),
      "layers": .array(layers.map(json)),
    ]
  }

  private func json(_ layer: TrainingBenchmark.Layer) -> JSONValue {
    [
      "name": .string(layer.name),
      "milliseconds": .float(Float(layer.seconds * 1000)),
      "forward_milliseconds": .float(Float(layer.forward * 1000)),
      "backward_milliseconds": .float(Float(layer.backward * 1000)),
      "update_milliseconds": .float(Float(layer.update * 1000)),
      "gflops_per_second": .float(Float(layer.operationsPerSecond / 1e9)),
      "share_of_peak": .float(Float(shareOfPeak(layer))),
    ]
  }
}
