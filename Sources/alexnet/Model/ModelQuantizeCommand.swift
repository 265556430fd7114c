import ArgumentParser
import ModelLibrary
import System

/// `alexnet model quantize`: weights in, the same model in 8 bits out.
struct ModelQuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model in 8 bits, calibrated on images.",
    discussion: """
      Weights become 8-bit numbers with a scale for each output, a quarter of their size. How large \
      the layers' values get is measured on the images of a folder, which should be like those to \
      come; 'classify --precision int8' then computes in 8 bits.

      Example:
        alexnet model quantize full.safetensors --calibrate photos --output int8.safetensors
      """)

  @Argument(
    help: ArgumentHelp("A safetensors file of an AlexNet.", valueName: "file"),
    completion: .file())
  var input: String

  @Option(
    help: ArgumentHelp("Images to measure the activations on.", valueName: "directory"),
    completion: .directory)
  var calibrate: String

  @Option(
    help: ArgumentHelp(
      "The most images to use, spread evenly over the directory.", valueName: "count"))
  var images = 500

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write the 8-bit model.", valueName: "file"), completion: .file())
  var output: String

  func validate() throws {
    if images < 1 { throw ValidationError("--images must be at least 1.") }
  }

  func run() throws {
    do throws(ModelError) {
      let report = try ModelLibrary().quantize(
        path(from: input), calibratingOn: path(from: calibrate), to: path(from: output),
        limit: images,
        threads: availableProcessorCount())
      let failures = report.failures == 0 ? "" : ", \(report.failures) could not be read"
      Console().note("calibrated on \(report.pictures) images\(failures)")
    } catch {
      throw CommandFailure(error)
    }
  }
}
