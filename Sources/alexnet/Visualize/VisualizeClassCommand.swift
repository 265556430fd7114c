import Architecture
import ArgumentParser
import Classification
import Drawing
import Explanation
import Images
import JSON
import ModelLibrary
import Network
import Preprocessing
import System
import Threads

/// `alexnet visualize class`: pictures that the network takes for a class.
struct VisualizeClassCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "class",
    abstract: "Make pictures that the network takes for a class.",
    discussion: """
      The picture begins with noise, or with a photo (--from), and is changed step by step so that \
      the probability of the class grows (activation maximisation). The probability that is \
      printed is the one that 'alexnet classify' gives for the finished PNG file. Several pictures \
      go to one sheet, with titles; the probabilities are then those that each picture has as a \
      file of its own. Such a picture shows what the network looks for. It is no evidence that the \
      network would know the class in a photo.

      With --from and --layer, and without a class, whatever the layer finds in the photo is \
      amplified.

      Examples:
        alexnet visualize class goldfish n02123045 7 --seed 3 -o classes.png
        alexnet visualize class goldfish -o picture.png && alexnet picture.png
        alexnet visualize class goldfish --from cat.jpg -o dream.png
        alexnet visualize class --from cat.jpg --layer conv4 -o dream.png
      """)

  @Argument(
    help: ArgumentHelp(
      "A class: its WordNet id, its label, or its index in the model's output.",
      valueName: "class"))
  var classes: [String] = []

  @Option(
    help: ArgumentHelp("Begin with a photo: a JPEG or PNG file.", valueName: "photo"),
    completion: .file())
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Instead of a class: amplify what a convolution, pooling or normalisation finds in the "
        + "photo.",
      valueName: "name"))
  var layer: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Steps for each picture. (default: \(Self.usualSteps), or \(Self.usualDreamSteps) with "
        + "--from)",
      valueName: "count"))
  var steps: Int?

  @Option(
    parsing: .number,
    help: ArgumentHelp("Equal seeds give equal pictures.", valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Width and height of each picture. (default: those that the model's preprocessing keeps)",
      valueName: "pixels"))
  var size: Int?

  @OptionGroup(title: "Output") var output: VisualizationOutputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions

  private static let usualSteps = 64
  private static let usualDreamSteps = 24
  private static let classLimit = 64

  func validate() throws {
    if classes.isEmpty, layer == nil {
      throw ValidationError("Nothing to draw: name a class, or a photo and a layer.")
    }
    if layer != nil, !classes.isEmpty {
      throw ValidationError("Give classes or --layer, not both.")
    }
    if layer != nil, from == nil {
      throw ValidationError("--layer needs --from, the photo to amplify.")
    }
    if classes.count > Self.classLimit {
      throw ValidationError("At most \(Self.classLimit) classes fit into one picture.")
    }
    if let steps, !(1...10_000).contains(steps) {
      throw ValidationError("--steps must be between 1 and 10000.")
    }
    if let size, !(16...ActivationMaximization.sideLimit).contains(size) {
      throw ValidationError(
        "--size must be between 16 and \(ActivationMaximization.sideLimit).")
    }
    if from == "" { throw ValidationError("The name of the photo is empty.") }
  }

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: output.isQuiet)
    let photo = from.map(RawPath.init(argument:))
    let file = try output.open(
      reading: (photo.map { [.input($0)] } ?? []) + model.readFiles + description.readFiles,
      console: console)
    let loaded = try model.open(description, console: console)
    let targets = try targets(of: loaded)
    let side =
      size
      ?? ActivationMaximization.usualSide(
        loaded.preprocessing, inputSize: loaded.parameters.architecture.inputSize)
    let start = try photo.map { try Self.square($0, side: side, decoding) }
    var options = ActivationMaximization.Options()
    options.steps = steps ?? (photo == nil ? Self.usualSteps : Self.usualDreamSteps)
    options.seed = seed
    let maker = PictureMaker(
      model: loaded, side: side, start: start, options: options, stop: stop, console: console)
    let pictures = try maker.pictures(targets)
    try file.write(
      pictures.count == 1 ? pictures[0].image : sheet(pictures, side),
      lines: pictures.map(\.line).joined(),
      members: [
        .init("kind", .string(layer == nil ? "class" : "layer")),
        .init("model", .string(loaded.name)),
        .init("from", photo.map { .string($0.repaired) } ?? .null),
        .init("steps", .integer(options.steps)), .init("seed", .whole(seed)),
        .init("size", .integer(side)), .init("pictures", .array(pictures.map(\.json))),
      ], unless: stop)
  }

  private func targets(of model: Model) throws -> [ActivationMaximization.Target] {
    if let layer { return [.layer(try model.mapLayer(layer))] }
    return try model.classIndices(of: classes).map { .classIndex($0) }
  }

  /// The middle of a photo.
  private static func square(
    _ path: RawPath, side: Int, _ decoding: DecodingOptions
  ) throws -> RGBImage {
    let preprocessing = try Preprocessing(
      steps: [
        .resizeShortSide(size: side, antialias: true), .centerCrop(width: side, height: side),
      ], channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    return try PreparedPhoto.read(path, preprocessing, size: side, decoding)
  }

  private func sheet(_ pictures: [MadePicture], _ side: Int) -> RGBImage {
    var columns = 1
    while columns * columns < pictures.count { columns += 1 }
    var sheet = TileSheet(
      tiles: pictures.map { TileSheet.Tile($0.image, label: $0.title) }, columns: columns,
      gap: max(4, side / 32), title: "")
    sheet.textScale = max(1, Float(side) / 170)
    return sheet.draw()
  }
}
