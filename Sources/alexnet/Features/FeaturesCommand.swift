import Architecture
import ArgumentParser
import Classification
import ModelLibrary
import Network
import Preprocessing
import System

/// `alexnet features`: images in, the values of one of the network's layers out.
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Write the output of a layer of the network for each image.",
    discussion: """
      These values describe an image by numbers: to train a classifier of your own on them, to \
      find similar images, or to group images. The network runs up to the layer that is asked for, \
      and no further. 'alexnet help features' describes the formats.

      Examples:
        alexnet features --output pets.npy ~/Pictures/pets
        alexnet features --layer pool3 --normalize -o pets.safetensors ~/Pictures
        alexnet features cat.jpg | jq '.features | length'
      """)

  @OptionGroup var input: InputOptions

  @Option(
    help: ArgumentHelp(
      "The layer, by its name in 'alexnet info'. (default: the fully connected layer before the "
        + "one that gives the classes\(Self.usualLayer))",
      valueName: "name"))
  var layer: String?

  /// The default layer of the usual architecture, for the help.
  private static var usualLayer: String {
    Architecture.alexnet.featureLayer.map { ", such as \($0.name)" } ?? ""
  }

  @Flag(help: "Divide the values of each image by the square root of the sum of their squares.")
  var normalize = false

  @OptionGroup(title: "Output") var output: FeatureOutputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var precision: PrecisionOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var batches: BatchOptions

  func run() throws {
    // This is not checked in `validate()`, because the parser calls that before it reports an
    // unknown option.
    if input.isEmpty {
      throw ValidationError("Nothing to do: name a file, a folder, or - for standard input.")
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    // The output is opened before the model, so that a mistyped path is reported without waiting
    // for the model to load.
    let target = try output.open(
      reading: input.readFiles + model.readFiles + description.readFiles, console: console)
    let loaded = try model.open(
      description, precision, usual: .fp32, console: console)
    let source = FeatureSource(
      model: loaded.name, layer: try loaded.featureLayer(layer), isNormalized: normalize)
    try target.run(source, ImageRun(runOptions, console: console, stop: stop))
      .perform(input.source, with: extractor(loaded, source))
  }

  private func extractor(_ model: Model, _ source: FeatureSource) -> FeatureExtractor {
    var options = ClassifierOptions()
    runOptions.apply(to: &options)
    batches.apply(to: &options)
    decoding.apply(to: &options)
    return FeatureExtractor(
      model.parameters, layer: source.layerName, normalized: normalize,
      precision: model.precision, preprocessing: model.preprocessing, options: options)
  }
}
