import ArgumentParser
import ModelLibrary
import System

/// `alexnet model quantize`: a model in, the same model in 8 bits out.
struct ModelQuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model in 8 bits, calibrated on images.",
    discussion: """
      Weights become 8-bit numbers with a scale for each output, a quarter of their size; those of a \
      model that is compressed stay as they are. How large the layers' values get is measured on the \
      images of a folder, which should be like those to come; 'classify --precision int8' then \
      computes in 8 bits. --evaluate compares that with fp32, best on other images.

      Examples:
        alexnet model quantize caffenet --calibrate photos --name caffenet-int8
        alexnet model quantize full.onnx --calibrate photos --evaluate validation \\
          --output int8.safetensors
      """)

  @OptionGroup var options: ConversionOptions

  @Option(
    help: ArgumentHelp("Images to measure the activations on.", valueName: "directory"),
    completion: .directory)
  var calibrate: String

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The most images to calibrate on, spread evenly over the directory.", valueName: "count"))
  var images = 500

  @OptionGroup(title: "Evaluation") var comparison: ComparisonOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func validate() throws {
    if images < 1 { throw ValidationError("--images must be at least 1.") }
  }

  func run() throws {
    let conversion = ModelConversion(options, comparison, runOptions)
    let console = conversion.console
    try conversion.perform(description.importOptions) { (source) throws(ModelError) in
      if conversion.showsProgress { console.startProgress() }
      let quantized = try source.quantized(
        calibratingOn: path(from: calibrate), limit: images,
        threads: runOptions.threads ?? availableProcessorCount(), stop: conversion.stop
      ) { failed, total in
        console.advance(failed: failed, total: total)
      }
      console.endProgress()
      return ModelConversion.Result(
        file: quantized.converted, model: try quantized.converted.model.in8Bits(),
        calibration: .init(images: quantized.pictures, failed: quantized.failures),
        runOption: " --precision int8")
    }
  }
}
