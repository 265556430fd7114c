import ArgumentParser
import Classification
import ModelLibrary
import Search

/// Which model makes features, and how: for commands that compare photos.
struct FeatureModelOptions: ParsableArguments {
  @OptionGroup(title: "Model") var choice: IndexModelOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var batches: BatchOptions

  var readFiles: [ReadFile] { choice.options.readFiles + description.readFiles }

  var console: Console { Console(isQuiet: runOptions.isQuiet) }

  /// Whether an option says which model makes the features, or from which pixels.
  var choosesModel: Bool {
    choice.model != nil || description.labels != nil || description.variant != nil
      || description.preprocess != nil || decoding.exactDecode || decoding.allowDamaged
      || decoding.background != nil
  }

  var classifierOptions: ClassifierOptions {
    var options = ClassifierOptions()
    runOptions.apply(to: &options)
    batches.apply(to: &options)
    decoding.apply(to: &options)
    return options
  }

  /// Opens the model. Where none is named, it is that of the index.
  ///
  /// - Parameters:
  ///   - layer: the name of the layer; nil for that of the index, or else the usual one.
  ///   - precision: what to compute in; nil for what the index was computed in, or else float32.
  func open(
    layer: String? = nil, precision: PrecisionOptions.Name? = nil, for index: FeatureIndex?,
    console: Console
  ) throws -> FeatureModel {
    var model = choice.options
    if model.model == nil, let reference = index?.description.modelReference {
      model.model = ArgumentBytes.string(carrying: Array(reference.utf8))
    }
    var arithmetic = PrecisionOptions()
    arithmetic.precision =
      precision
      ?? index.flatMap { PrecisionOptions.Name(rawValue: $0.description.arithmetic) } ?? .fp32
    let (loaded, source) = try model.openSource(description, arithmetic, console: console)
    let row = try loaded.featureLayer(layer ?? index?.description.layer)
    return FeatureModel(
      loaded, source, layer: row, reference: model.model, options: classifierOptions)
  }
}

/// Which model makes features, where those of an index were made by one already.
struct IndexModelOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "A model's name, or the path of a weight file. (default: where there is an index, the model "
        + "that it was made with, otherwise as for 'alexnet classify')", valueName: "name-or-path"),
    completion: .modelNames)
  var model: String?

  var options: ModelOptions {
    var options = ModelOptions()
    options.model = model
    return options
  }

  func validate() throws { try options.validate() }
}
