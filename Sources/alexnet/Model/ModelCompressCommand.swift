import Architecture
import ArgumentParser
import Conversion
import ModelLibrary
import Network
import System

/// `alexnet model compress`: prunes a model and converts it to the compact form.
struct ModelCompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Make a model small: prune, cluster and code its weights.",
    discussion: """
      Follows "Deep Compression" (Han, Mao and Dally 2016). In the fully connected layers the \
      smallest weights become 0 and take almost no space, and the others share sixteen values in \
      each layer. As in the paper, the layer that gives the classes keeps 25% of its weights, and \
      every other fully connected layer keeps 9%. A layer most of whose weights are 0 already was \
      pruned in training and is not pruned further. Convolutions are stored as 8-bit numbers with \
      one scale for each output.

      Pruning costs accuracy unless the model is trained with the pruned weights, as \
      'alexnet train --prune' does; --evaluate measures how much. --keep all=1 turns pruning off.

      Examples:
        alexnet model compress caffenet --name small --evaluate validation
        alexnet train photos --prune all=0.1 --output pruned.safetensors
        alexnet model compress pruned.safetensors --output small.safetensors
        alexnet model compress pets.pth --labels pets.txt --output pets.safetensors
        alexnet model compress full.safetensors --output small.safetensors \\
          --keep all=0.2 --keep \(exampleLayer)=0.5
      """)

  /// The name of a layer that every AlexNet has, for the help.
  private static let exampleLayer = Architecture.bvlcAlexnet.fullyConnectedLayers.last ?? "all"

  @OptionGroup var options: ConversionOptions

  @Option(
    help: ArgumentHelp(
      "Keep this share of the weights of a fully connected layer, the largest ones, for example "
        + "\(Self.exampleLayer)=0.5. The layer 'all' stands for every layer that is not named.",
      valueName: "layer=share"))
  var keep: [LayerShare] = []

  @Option(
    help: ArgumentHelp(
      "A JSON file whose members are added to the metadata.", valueName: "file"),
    completion: .file())
  var metadata: String?

  @OptionGroup(title: "Evaluation") var comparison: ComparisonOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var batches: BatchOptions

  func validate() throws {
    if Set(keep.map(\.layer)).count < keep.count {
      throw ValidationError("--keep names a layer twice.")
    }
  }

  func run() throws {
    let conversion = ModelConversion(options, comparison, decoding, runOptions, batches)
    let files = description.readFiles + ReadFile.option(metadata, "the metadata")
    try conversion.perform(reading: files) { () throws(ModelError) in
      var imports = try description.importOptions()
      if let metadata { imports.metadata = try MetadataFile.read(RawPath(argument: metadata)) }
      return imports
    } _: { source in
      let layers = source.model.parameters.architecture.fullyConnectedLayers
      let compressed = try source.compressed(
        keep: LayerShare.byLayer(keep, of: layers), stop: conversion.run.stop)
      return ModelConversion.Result(
        file: compressed.converted, model: compressed.converted.model, layers: compressed.layers)
    }
  }
}
