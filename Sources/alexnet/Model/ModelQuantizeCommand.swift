import ArgumentParser
import Classification
import Conversion
import ModelLibrary
import System

/// `alexnet model quantize`: converts a model to 8 bits.
struct ModelQuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model in 8 bits, calibrated on images.",
    discussion: """
      Weights become 8-bit numbers with one scale for each output, a quarter of their size in \
      32-bit floating point. The weights of a compressed model stay as they are. The range of each \
      layer's values is measured on the images of a folder, which should be like the images to \
      classify later. The new model then computes in 8 bits, unless --precision says otherwise. \
      --evaluate compares that with fp32; give it other images than those of --calibrate.

      Examples:
        alexnet model quantize caffenet --calibrate photos --name caffenet-int8
        alexnet model quantize full.onnx --calibrate photos --evaluate validation \\
          --output int8.safetensors
      """)

  @OptionGroup var options: ConversionOptions

  @Option(
    help: ArgumentHelp("Images to measure the activation ranges on.", valueName: "directory"),
    completion: .directory)
  var calibrate: String

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The most images to calibrate on, spread evenly over the directory.", valueName: "count"))
  var images = 500

  @OptionGroup(title: "Evaluation") var comparison: ComparisonOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var batches: BatchOptions

  func validate() throws {
    if images < 1 { throw ValidationError("--images must be at least 1.") }
  }

  func run() throws {
    let conversion = ModelConversion(options, comparison, decoding, runOptions, batches)
    try conversion.perform(reading: description.readFiles, description.importOptions) { source in
      let calibration = try ActivationCalibration(source)
      let failed = try measure(calibration, conversion)
      let quantized = try calibration.quantized()
      return ModelConversion.Result(
        file: quantized.converted, model: try quantized.converted.model.in8Bits(),
        calibration: .init(images: quantized.images, failed: failed))
    }
  }

  /// Measures the activation ranges.
  ///
  /// - Returns: how many images could not be read.
  private func measure(
    _ calibration: ActivationCalibration, _ conversion: ModelConversion
  ) throws -> Int {
    let folder = RawPath(argument: calibrate)
    let run = conversion.run
    let summary = run.perform(
      try InputSource(calibratingOn: folder, atMost: images),
      with: calibration.classifier(conversion.classifierOptions)
    ) { record in run.report(record) }
    try run.checkEnd(summary)
    // With --fail-fast, ranges of some of the images must not be taken for those of all.
    if summary.stopped { throw SilentExit(status: .inputFailed) }
    guard summary.answered > 0 else {
      throw ModelError.noImages(folder: folder.repaired, reason: nil)
    }
    return summary.failed
  }
}
