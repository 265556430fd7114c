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

  private struct TrainingReport: Decodable {
    struct Layer: Decodable {
      let name: String
      let milliseconds: Double
      let forwardMilliseconds: Double
      let backwardMilliseconds: Double
      let updateMilliseconds: Double
      let gflopsPerSecond: Double
    }

    let training: Bool
    let batchNorm: Bool
    let size: Int
    let imagesPerSecond: Double
    let millisecondsPerBatch: Double
    let lossMilliseconds: Double
    let normMilliseconds: Double
    let peakMemoryBytes: Int
    let precision: String
    let layers: [Layer]
  }

  @Test(
    "the parts of a step of training add up to it",
    arguments: [(false, "fp32"), (true, "fp32"), (false, "bf16")])
  func training(batchNorm: Bool, precision: String) throws {
    let outcome = try BuiltProgram.run(
      ["bench", "--train", "--seconds", "0.001", "--batch", "2", "--threads", "1", "--json"]
        + ["--precision", precision] + (batchNorm ? ["--batch-norm"] : []))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(TrainingReport.self, from: Data(outcome.stdout.utf8))
    #expect(report.training && report.batchNorm == batchNorm && report.precision == precision)
    #expect(report.size == 227)
    #expect(abs(report.imagesPerSecond * report.millisecondsPerBatch / 1000 - 2) < 0.001)
    // Weights and velocities alone have 62 million values each.
    #expect((2 * 62_000_000 * 4...64 << 30).contains(report.peakMemoryBytes))
    #expect(report.layers.count == 13)
    var sum = report.lossMilliseconds + report.normMilliseconds
    for layer in report.layers {
      let parts =
        layer.forwardMilliseconds + layer.backwardMilliseconds + layer.updateMilliseconds
      #expect(abs(layer.milliseconds - parts) <= 0.001 * parts)
      sum += parts
      if !layer.name.hasPrefix("pool") && !layer.name.hasPrefix("norm") {
        #expect(layer.updateMilliseconds > 0 && layer.gflopsPerSecond > 0)
      }
    }
    // Medians of three steps on a machine that does other things as well.
    #expect((0.3...1.7).contains(sum / report.millisecondsPerBatch))
  }

  @Test("smaller pictures need fewer operations in convolutions, and what does not fit is refused")
  func trainingSize() throws {
    let options = ["bench", "--train", "--seconds", "0.001", "--batch", "2", "--threads", "1"]
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let reports = try ["131", "227"].map { size in
      let outcome = try BuiltProgram.run(options + ["--json", "--size", size])
      return try decoder.decode(TrainingReport.self, from: Data(outcome.stdout.utf8))
    }
    #expect(reports.map(\.size) == [131, 227])
    let operations = reports.map { report in
      report.layers.filter { $0.name.hasPrefix("conv") }
        .map { $0.gflopsPerSecond * $0.milliseconds }.reduce(0, +)
    }
    // A third of the pixels.
    #expect((0.25...0.36).contains(operations[0] / operations[1]))
    for size in ["228", "10", "0"] {
      let outcome = try BuiltProgram.run(options + ["--size", size])
      #expect(outcome.exitCode == 64)
      #expect(outcome.stderr.contains("--size"))
    }
    #expect(try BuiltProgram.run(["bench", "--size", "131"]).stderr.contains("for --train"))
  }

  @Test("the table of a step has a row a layer")
  func trainingTable() throws {
    let outcome = try BuiltProgram.run(
      "bench", "--train", "--seconds", "0.001", "--variant", "torchvision")
    let fc6 = try #require(outcome.lines.first { $0.hasPrefix("fc6") })
    #expect(fc6.wholeMatch(of: /fc6 +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+% +[\d.]+ +\d+%/) != nil)
    let norm = try #require(outcome.lines.first { $0.hasPrefix("norm ") })
    #expect(norm.wholeMatch(of: /norm +[\d.]+ +[\d.]+%/) != nil)
  }
}
