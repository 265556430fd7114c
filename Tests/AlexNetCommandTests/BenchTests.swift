import Foundation
import Testing

@Suite struct BenchTests {
  private struct Report: Decodable {
    struct Layer: Decodable {
      let name: String
      let milliseconds: Double
      let gflopsPerSecond: Double
      let shareOfPeak: Double
      let shareOfMemoryRate: Double
    }

    let imagesPerSecond: Double
    let millisecondsPerBatch: Double
    let batch: Int
    let threads: Int
    let precision: String
    let isa: String
    let peakGflopsPerSecond: Double
    let memoryGigabytesPerSecond: Double
    let layers: [Layer]
  }

  @Test(
    "shares are those of the measured peak, and of the rate at which weights can be read",
    arguments: [("fp32", 4), ("bf16", 2), ("int8", 1)])
  func shares(precision: String, bytesAWeight: Int) throws {
    let outcome = try BuiltProgram.run(
      "bench", "--seconds", "0.001", "--batch", "2", "--threads", "1", "--precision", precision,
      "--json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(Report.self, from: Data(outcome.stdout.utf8))
    #expect(report.batch == 2 && report.threads == 1 && report.precision == precision)
    let seconds = report.millisecondsPerBatch / 1000
    #expect(abs(report.imagesPerSecond * seconds - 2) < 0.001)
    #expect(report.layers.count == 13)
    for layer in report.layers {
      let share = layer.gflopsPerSecond / report.peakGflopsPerSecond
      #expect(abs(layer.shareOfPeak - share) <= 0.001 * share)
    }
    let fc7 = try #require(report.layers.first { $0.name == "fc7" })
    let multiplyAdds = 4096.0 * 4096
    let gflops = 2 * 2 * multiplyAdds / fc7.milliseconds / 1e6
    #expect(abs(fc7.gflopsPerSecond - gflops) <= 0.001 * gflops)
    let rate = multiplyAdds * Double(bytesAWeight) / fc7.milliseconds / 1e6
    let share = rate / report.memoryGigabytesPerSecond
    #expect(abs(fc7.shareOfMemoryRate - share) <= 0.001 * share)
  }

  @Test("auto is int8 for a model that brings a calibration, and fp32 for others")
  func automatic() throws {
    for (model, precision) in [(["--model", "starter"], "int8"), ([], "fp32")] {
      let outcome = try BuiltProgram.run(
        ["bench", "--seconds", "0.001", "--precision", "auto", "--json"] + model)
      #expect(outcome.stdout.contains("\"precision\": \"\(precision)\""))
    }
  }

  @Test("layers that compute nothing have no share of anything")
  func pooling() throws {
    let outcome = try BuiltProgram.run("bench", "--seconds", "0.001", "--model", "starter")
    let pool = try #require(outcome.lines.first { $0.hasPrefix("pool1") })
    #expect(pool.split(separator: " ").suffix(3) == ["-", "-", "-"])
    let fc6 = try #require(outcome.lines.first { $0.hasPrefix("fc6") })
    #expect(fc6.wholeMatch(of: /fc6 +[\d.]+ +[\d.]+% +[\d.]+ +\d+% +\d+%/) != nil)
  }
}
