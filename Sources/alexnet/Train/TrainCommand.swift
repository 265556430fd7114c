import Architecture
import ArgumentParser
import ModelLibrary
import System
import Training

/// `alexnet train`: labelled photos in, a model of their classes out.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model on photos of your own classes.",
    discussion: """
      The data is a folder (or a tar file) with one folder of photos for each class; or a .csv or \
      .jsonl file of paths and labels. About a fifth of the photos is held out to measure what \
      was learned, unless the data has folders 'train' and 'validation' or --validation names \
      other photos. Copies of a photo are kept on one side.

      Training begins with the model that classifies by default, keeps what it has learned about \
      pictures, and teaches it the new classes: first the last layer alone, then all layers. The \
      output is the network that was right for most of the photos held out, not simply the last \
      one. Its accuracy is printed as 'alexnet evaluate' prints it. The folder OUTPUT.training has \
      learning curves, the worst mistakes and a log.

      'alexnet help training' says more, such as what helps where a model is wrong too often. The \
      photos and --output are enough: the rest is chosen by the number of photos.

      Examples:
        alexnet train birds --output birds.safetensors
        alexnet classify new.jpg --model birds.safetensors
      """)

  @Argument(
    help: ArgumentHelp("Photos with their classes.", valueName: "data"), completion: .file())
  var data: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file of the new model. Not needed with --preview.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Photos to measure with, of the same classes. (default: the folder 'validation' of the data, "
        + "or about a fifth of its photos)",
      valueName: "data"),
    completion: .file())
  var validation: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "About how large a share of the photos of each class is held out to measure with. (default: "
        + "0.2)",
      valueName: "share"))
  var validationShare: Double?

  /// The most classes of a model: those of more would need a last layer of more than a gigabyte.
  private static let classLimit = 65_535

  /// What stands for the 1000 classes of ImageNet.
  private static let imageNet = "imagenet"

  @Option(
    help: ArgumentHelp(
      "The classes in their order: a file with a name on each line, or 'imagenet' for its 1000 "
        + "classes. (default: those of the data, sorted)", valueName: "file"),
    completion: .file())
  var classes: String?

  @Option(
    help: ArgumentHelp(
      "Write a sheet of pictures as the network would see them, and stop.", valueName: "file.png"),
    completion: .file())
  var preview: String?

  @Flag(help: "Write the results as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp("Write the results of each class to a CSV file.", valueName: "file"),
    completion: .file())
  var perClass: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp("How many of the most common mistakes to show.", valueName: "count"))
  var confusions = 5

  @OptionGroup(title: "Start") var start: TrainingStartOptions
  @OptionGroup(title: "Learning") var learning: LearningOptions
  @OptionGroup(title: "Teacher") var teacher: TeacherOptions
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: TrainingRunOptions

  func validate() throws {
    if data.isEmpty { throw ValidationError("The name of the data is empty.") }
    if output == "" { throw ValidationError("The name of the output is empty.") }
    if output == nil, preview == nil {
      throw ValidationError("Missing expected argument '--output <file>'")
    }
    if learning.recipe == .paper, !start.fromScratch {
      throw ValidationError("--recipe paper begins with random weights: give --from-scratch, too.")
    }
    if validation == "" { throw ValidationError("The name of the validation data is empty.") }
    if validationShare != nil, validation != nil {
      throw ValidationError("--validation and --validation-share exclude each other.")
    }
    if let validationShare, !(validationShare >= 0.001 && validationShare <= 0.9) {
      throw ValidationError("--validation-share must be between 0.001 and 0.9.")
    }
    if preview == "" { throw ValidationError("The name of the preview is empty.") }
    if perClass == "" { throw ValidationError("The name of the CSV file is empty.") }
    if confusions < 0 { throw ValidationError("--confusions must be at least 0.") }
  }

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    do {
      try TrainRun(self, console: console, stop: stop).perform()
    } catch let error as ModelError {
      let end = failure(error, stop)
      throw (end as? CommandFailure)?.advisingToResume(after: error) ?? end
    } catch let error as TrainingError {
      throw CommandFailure(error)
    } catch let error as TrainingDataError {
      throw CommandFailure(error)
    }
  }

  /// The photos to learn from, and those to measure with where the user or the data says which.
  func listPhotos() throws -> (training: LabelledPhotos, validation: LabelledPhotos?) {
    let sets = try listSets()
    let count = sets.training.classes.count
    guard count <= Self.classLimit else {
      throw CommandFailure(
        .usage, "\(count) classes are more than the \(Self.classLimit) that a model can have")
    }
    return sets
  }

  private func listSets() throws -> (training: LabelledPhotos, validation: LabelledPhotos?) {
    let names = ImageNetClasses.names
    let data = RawPath(argument: data)
    let classes = try classes.map { name in
      try name == Self.imageNet ? ImageNetClasses.all : LabelFile.read(RawPath(argument: name))
    }
    guard classes != nil || validation != nil else {
      let sets = try LabelledPhotos.split(data, names: names)
      if validationShare != nil, sets.validation != nil {
        throw CommandFailure(
          .usage, "--validation-share: '\(self.data)' has photos to measure with already")
      }
      return sets
    }
    let training = try LabelledPhotos(data, classes: classes, names: names)
    guard let validation else { return (training, nil) }
    return (
      training,
      try LabelledPhotos(
        RawPath(argument: validation), classes: training.classes, names: names)
    )
  }

  func settings(
    _ base: TrainingBase, _ architecture: Architecture, _ photos: TrainingSets
  ) throws -> TrainingSettings {
    let count = photos.training.photos.count
    let defaults = TrainingDefaults(
      architecture: architecture, photos: count, isFromScratch: base.source == nil,
      frozenLayers: try start.frozenLayers(of: architecture),
      hasNewLastLayer: !base.knows(photos.classes))
    var settings = TrainingSettings(stages: defaults.stages)
    if learning.precision == nil, settings.hasFrozenLayers {
      settings.runsFrozenLayersIn8Bits = try base.calibration() != nil
    }
    try learning.apply(to: &settings, architecture)
    // A batch larger than the data would only take memory.
    settings.batch = min(settings.batch, max(1, count))
    teacher.apply(to: &settings)
    augmentation.apply(to: &settings.augmentation)
    return settings
  }
}
