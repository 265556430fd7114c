import Architecture
import Kernels
import Network

extension Benchmark.Result {
  private var title: String {
    "\(benchmark.network.architecture.name), batch \(benchmark.batch), "
      + DisplayText.counted(benchmark.threads, "thread")
      + ", \(precision), \(benchmark.network.kernels.name)"
  }

  private var precision: String {
    switch benchmark.network.precision {
    case .float32: "fp32"
    case .bfloat16: "bf16"
    case .int8: "int8"
    }
  }

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
      + DisplayText.rightAligned(percent(layer.seconds / total, digits: 1), to: 8)
      + DisplayText.rightAligned(
        computes ? DisplayText.fixed(layer.operationsPerSecond / 1e9, 1) : "-", to: 10)
      + DisplayText.rightAligned(
        computes ? percent(shareOfPeak(layer), digits: 0) : "-", to: 9)
      + DisplayText.rightAligned(
        layer.weightBytes > 0 ? percent(shareOfMemoryRate(layer), digits: 0) : "-", to: 11)
  }

  private func percent(_ share: Double, digits: Int) -> String {
    DisplayText.fixed(share * 100, digits) + " %"
  }

  private func shareOfPeak(_ layer: Benchmark.Layer) -> Double {
    layer.operationsPerSecond / peak.operationsPerSecond
  }

  private func shareOfMemoryRate(_ layer: Benchmark.Layer) -> Double {
    layer.bytesPerSecond / peak.bytesPerSecond
  }

  var json: JSONValue {
    .object([
      ("variant", .string(benchmark.network.architecture.name)),
      ("images_per_second", .number(Float(imagesPerSecond))),
      ("milliseconds_per_batch", .number(Float(secondsPerBatch * 1000))),
      ("batch", .integer(benchmark.batch)),
      ("threads", .integer(benchmark.threads)),
      ("precision", .string(precision)),
      ("isa", .string(benchmark.network.kernels.name)),
      ("peak_gflops_per_second", .number(Float(peak.operationsPerSecond / 1e9))),
      ("memory_gigabytes_per_second", .number(Float(peak.bytesPerSecond / 1e9))),
      ("layers", .array(layers.map(json))),
    ])
  }

  private func json(_ layer: Benchmark.Layer) -> JSONValue {
    .object([
      ("name", .string(layer.name)),
      ("milliseconds", .number(Float(layer.seconds * 1000))),
      ("gflops_per_second", .number(Float(layer.operationsPerSecond / 1e9))),
      ("share_of_peak", .number(Float(shareOfPeak(layer)))),
      ("share_of_memory_rate", .number(Float(shareOfMemoryRate(layer)))),
    ])
  }
}
