import Kernels
import Network

extension Benchmark.Result {
  private var title: String {
    "\(benchmark.network.architecture.name), batch \(benchmark.batch), \(benchmark.threads) "
      + (benchmark.threads == 1 ? "thread" : "threads")
      + ", \(precision), \(benchmark.network.kernels.name)"
  }

  private var precision: String {
    switch benchmark.network.precision {
    case .float32: "fp32"
    case .int8: "int8"
    }
  }

  func table(_ style: TextStyle) -> String {
    var text = style.bold(title) + "\n\n"
    let milliseconds = secondsPerBatch * 1000
    text +=
      "\(DisplayText.fixed(imagesPerSecond, 1)) images/s, \(DisplayText.fixed(milliseconds / Double(benchmark.batch), 3)) "
      + "ms an image, \(DisplayText.fixed(milliseconds, 2)) ms a batch (median of \(passes))\n\n"
    text += style.dim("layer      ms a batch   share   GFLOP/s") + "\n"
    let total = layers.reduce(0) { $0 + $1.seconds }
    for layer in layers {
      text +=
        DisplayText.padded(layer.summary.layer.name, to: 8)
        + DisplayText.rightAligned(DisplayText.fixed(layer.seconds * 1000, 3), to: 13)
        + DisplayText.rightAligned(DisplayText.fixed(layer.seconds / total * 100, 1) + " %", to: 8)
        + DisplayText.rightAligned(
          layer.summary.multiplyAdds == 0 ? "-" : DisplayText.fixed(gigaflops(layer), 1), to: 10)
        + "\n"
    }
    return text
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
      ("layers", .array(layers.map(json))),
    ])
  }

  private func json(
    _ layer: (summary: LayerSummary, seconds: Double)
  ) -> JSONValue {
    .object([
      ("name", .string(layer.summary.layer.name)),
      ("milliseconds", .number(Float(layer.seconds * 1000))),
      ("gflops_per_second", .number(Float(gigaflops(layer)))),
    ])
  }

  /// Of the multiplications and additions that the direct computation takes.
  private func gigaflops(_ layer: (summary: LayerSummary, seconds: Double)) -> Double {
    let operations = Double(2 * layer.summary.multiplyAdds * benchmark.batch)
    return layer.seconds > 0 ? operations / layer.seconds / 1e9 : 0
  }
}
