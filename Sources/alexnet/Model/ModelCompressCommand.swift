import Architecture
import ArgumentParser
import ModelLibrary
import System

/// `alexnet model compress`: a model in, the same model pruned and in compact form out.
struct ModelCompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Make a model small: prune, cluster and code it.",
    discussion: """
      As in "Deep Compression" (Han, Mao and Dally 2016): the smallest weights of the fully connected \
      layers become 0 and take almost no room, the others share sixteen values a layer. 9 % of fc6's \
      and fc7's weights stay and 25 % of fc8's, as there. A layer most of whose weights are 0 was \
      pruned in training and keeps what it has. Convolutions become 8-bit numbers with a scale for \
      each of their outputs.

      Pruning costs accuracy unless the model was trained on with the pruned weights: --evaluate says \
      how much. --keep all=1 does not prune.

      Examples:
        alexnet model compress caffenet --name small --evaluate validation
        alexnet model compress pets.pth --labels pets.txt --output pets.safetensors
        alexnet model compress full.safetensors --output small.safetensors \\
          --keep all=0.2 --keep fc8=0.5
      """)

  @OptionGroup var options: ConversionOptions

  @Option(
    help: ArgumentHelp(
      "Keep this share of a layer's weights, the largest: of \(LayerShare.layers.joined(separator: ", ")) or, where nothing is said "
        + "about one, all.", valueName: "layer=share"))
  var keep: [LayerShare] = []

  @Option(
    help: ArgumentHelp(
      "A JSON file whose members are added to the metadata.", valueName: "file"),
    completion: .file())
  var metadata: String?

  @OptionGroup(title: "Evaluation") var comparison: ComparisonOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func validate() throws {
    if Set(keep.map(\.layer)).count < keep.count {
      throw ValidationError("--keep names a layer twice.")
    }
  }

  func run() throws {
    let conversion = ModelConversion(options, comparison, runOptions)
    let shares = LayerShare.byLayer(keep)
    try conversion.perform { () throws(ModelError) in
      var imports = try description.importOptions()
      if let metadata { imports.metadata = try MetadataFile.read(path(from: metadata)) }
      return imports
    } _: { (source) throws(ModelError) in
      let compressed = try source.compressed(keep: shares, stop: conversion.stop)
      return ModelConversion.Result(
        file: compressed.converted, model: compressed.converted.model, layers: compressed.layers)
    }
  }
}

/// A fully connected layer, or all, and how much of it is to be kept: `fc6=0.1`.
struct LayerShare: ExpressibleByArgument, Sendable {
  /// The fully connected layers of the known networks.
  static let layers = Architecture.all.flatMap(\.fullyConnectedLayers).reduce(into: [String]()) {
    if !$0.contains($1) { $0.append($1) }
  }
  static let all = "all"

  let layer: String
  let share: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, (Self.layers + [Self.all]).contains(parts[0]),
      let share = Double(parts[1]), (0...1).contains(share)
    else { return nil }
    layer = parts[0]
    self.share = share
  }

  /// The share of each layer that something was said about; what is said of one goes before all.
  static func byLayer(_ shares: [LayerShare]) -> [String: Double] {
    var byLayer: [String: Double] = [:]
    for share in shares where share.layer == all {
      for layer in layers { byLayer[layer] = share.share }
    }
    for share in shares where share.layer != all { byLayer[share.layer] = share.share }
    return byLayer
  }
}
