import Architecture
import ArgumentParser
import Kernels
import ModelLibrary
import Network
import System

/// `alexnet bench`: how fast the forward pass is here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the speed of a network's forward pass on this machine.",
    discussion: """
      Runs the network on pictures of random values, over and over, and shows images a second and \
      the time of every layer. Nothing is read, decoded or resized. The weights of a variant are \
      seeded random numbers.

      GFLOP/s are those of the direct computation. "of peak" is their share of what this machine's \
      multiply-adds reach in the same precision on as many threads, measured at the start; a \
      convolution in fewer multiplications than the direct one (by Winograd's filtering) may \
      pass 100 %. "of memory" is the rate at which a layer's weights were read, each once a batch, \
      as a share of the rate at which memory can be read; weights that stayed in a cache may pass \
      100 %, too.

      Examples:
        alexnet bench
        alexnet bench --variant bvlc_alexnet --batch 32
        alexnet bench --model starter --threads 1 --json
      """)

  @OptionGroup var options: NetworkOptions
  @OptionGroup var precision: PrecisionOptions

  @Option(
    parsing: .number,
    help: ArgumentHelp("Images in one forward pass.", valueName: "count"))
  var batch = 1

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "How many threads work. (default: one for each processor)", valueName: "count"))
  var threads: Int?

  @Option(parsing: .number, help: "How long to measure.")
  var seconds = 3.0

  @Flag(help: "Write one JSON object.")
  var json = false

  func validate() throws {
    if !(1...1024).contains(batch) { throw ValidationError("--batch is 1 to 1024.") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is 1 to 1024.")
    }
    if !(seconds > 0 && seconds <= 3600) {
      throw ValidationError("--seconds must be more than 0, and at most 3600.")
    }
  }

  func run() throws {
    let result = Benchmark(
      network: try network(), batch: batch, threads: threads ?? availableProcessorCount()
    ).run(seconds: seconds)
    let output = ResultOutput(console: Console())
    try output.write(
      json ? result.json.text + "\n" : result.table(TextStyle(isEnabled: output.wantsColor)))
  }

  private func network() throws -> Network {
    let strategy = Network.Strategy.best(forBatch: batch)
    let opened = try options.openModel().map { try precision.apply(to: $0).network }
    do throws(NetworkError) {
      if let opened { return try opened.prepared(for: strategy) }
      let architecture = options.architecture
      let network = try Network(
        architecture, parameters: SeededParameters.parameters(of: architecture),
        strategy: strategy)
      switch precision.precision {
      // Random weights bring no calibration.
      case .fp32, .auto: return network
      case .bf16: return try network.prepared(for: strategy, precision: .bfloat16)
      case .int8: break
      }
      // Any ranges do: the time does not depend on them.
      let ranges = architecture.calibratedLayers.map { ($0, Float(255)) }
      let points = try architecture.pointLayers().map {
        ($0.name, WinogradPoints($0.geometry, range: 500))
      }
      return try network.prepared(
        for: strategy,
        precision: .int8(
          Calibration(
            inputMean: [124, 117, 104], inputScale: [1, 1, 1],
            ranges: Dictionary(uniqueKeysWithValues: ranges),
            points: Dictionary(uniqueKeysWithValues: points))))
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
  }
}
