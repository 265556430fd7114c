import Architecture
import ArgumentParser
import JSON
import Kernels
import ModelLibrary
import Network
import System

/// `alexnet bench`: measures how fast the forward pass, or a step of training, is on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the speed of a network on this machine.",
    discussion: """
      Runs the network again and again on pictures of random values, and shows images per second \
      and the time of every layer. Nothing is read, decoded or resized. With --variant, the \
      weights are seeded random numbers.

      GFLOP/s count the operations of a direct convolution. "of peak" is their share of the rate \
      that this machine reaches with multiply-adds in the same precision on the same number of \
      threads, which is measured at the start. A convolution by Winograd's algorithm needs fewer \
      multiplications than the direct one and may exceed 100%. "of memory" is the rate at which a \
      layer's weights were read, if each is read once in a batch, as a share of the rate at which \
      memory can be read. Weights that stay in a cache may exceed 100%.

      --train measures whole steps of training instead, in fp32 or with --precision bf16: forward \
      with dropout, the loss, backward, the norm of the gradients, and a step with momentum and \
      weight decay. Its weights are random numbers. Fully connected layers compute the gradient \
      of their weights in the update.

      Examples:
        alexnet bench
        alexnet bench --variant bvlc_alexnet --batch 32
        alexnet bench --model starter --threads 1 --json
        alexnet bench --train --batch 32
        alexnet bench --train --batch 32 --size 131 --batch-norm
      """)

  @OptionGroup var options: NetworkOptions
  @OptionGroup var precision: PrecisionOptions

  @Option(
    parsing: .number,
    help: ArgumentHelp("The number of images in one forward pass.", valueName: "count"))
  var batch = 1

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The number of threads. (default: one for each processor)", valueName: "count"))
  var threads: Int?

  @Option(parsing: .number, help: "How many seconds to measure.")
  var seconds = 3.0

  @Flag(help: "Measure steps of training instead of forward passes.")
  var train = false

  @Flag(
    name: .customLong("batch-norm"),
    help: "With --train: put batch normalisation behind each convolution.")
  var batchNormalization = false

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "With --train: height and width of the pictures. (default: those of the network)",
      valueName: "pixels"))
  var size: Int?

  @Flag(help: "Write one JSON object.")
  var json = false

  func validate() throws {
    if !(1...1024).contains(batch) { throw ValidationError("--batch must be between 1 and 1024.") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024.")
    }
    if !(seconds > 0 && seconds <= 3600) {
      throw ValidationError("--seconds must be more than 0, and at most 3600.")
    }
    if train && precision.precision == .int8 {
      throw ValidationError("--train: the --precision can be fp32, which auto is here, or bf16.")
    }
    if train && options.model != nil {
      throw ValidationError("--train measures a --variant; a --model is only measured forward.")
    }
    if batchNormalization && !train {
      throw ValidationError("--batch-norm is for --train.")
    }
    if let size {
      if !train { throw ValidationError("--size is for --train.") }
      let own = options.architecture.inputSize
      if size > own || !options.architecture.accepts(inputSize: size) {
        throw ValidationError(
          "--size: the network does not take \(size) pixels; \(own) are its own and the most.")
      }
    }
  }

  func run() throws {
    if train { return try runTraining() }
    let (parameters, precision) = try network()
    let result = Benchmark(
      parameters: parameters, precision: precision, batch: batch,
      threads: threads ?? availableProcessorCount()
    ).run(seconds: seconds)
    let output = ResultOutput(console: Console())
    try output.write(
      json ? result.json.text + "\n" : result.table(TextStyle(isEnabled: output.wantsColor)))
  }

  private func runTraining() throws {
    let result = try TrainingBenchmark(
      architecture: options.architecture, batch: batch,
      threads: threads ?? availableProcessorCount(),
      precision: precision.precision == .bf16 ? .bfloat16 : .float32,
      batchNormalization: batchNormalization, size: size ?? options.architecture.inputSize
    ).run(seconds: seconds)
    let output = ResultOutput(console: Console())
    try output.write(
      json ? result.json.text + "\n" : result.table(TextStyle(isEnabled: output.wantsColor)))
  }

  private func network() throws -> (Parameters, Precision) {
    if let model = try options.openModel().map({ try precision.apply(to: $0) }) {
      return (model.parameters, model.precision)
    }
    let architecture = options.architecture
    do throws(NetworkError) {
      let parameters = try SeededParameters.parameters(of: architecture)
      switch precision.precision {
      // Random weights have no calibration.
      case nil, .fp32, .auto: return (parameters, .float32)
      case .bf16: return (parameters, .bfloat16)
      case .int8: return (parameters, .int8(try anyQuantization(for: architecture)))
      }
    } catch {
      throw CommandFailure(.internalFault, error.description)
    }
  }

  /// Any ranges do: the time does not depend on them.
  private func anyQuantization(
    for architecture: Architecture
  ) throws(NetworkError) -> Quantization {
    let ranges = architecture.calibratedLayers.map { ($0, Float(255)) }
    let points = try architecture.pointLayers().map {
      ($0.name, WinogradPoints($0.geometry, range: 500))
    }
    return try Quantization(
      Calibration(
        inputMean: [124, 117, 104], inputScale: [1, 1, 1],
        ranges: Dictionary(uniqueKeysWithValues: ranges),
        points: Dictionary(uniqueKeysWithValues: points)),
      for: architecture)
  }
}
