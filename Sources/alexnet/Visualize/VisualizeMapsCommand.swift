import Architecture
import ArgumentParser
import Classification
import Drawing
import Explanation
import Images
import JSON
import ModelLibrary
import Network
import System
import Threads

/// `alexnet visualize maps`: what the channels of a layer give for a photo.
struct VisualizeMapsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maps",
    abstract: "Draw what the channels of a layer give for a photo.",
    discussion: """
      The strongest channels come first, by the mean of their values after the layer's ReLU, each \
      with its number. All have one scale of colours. Beside them is the photo as the network saw \
      it.

      Examples:
        alexnet visualize maps cat.jpg --output maps.png
        alexnet visualize maps cat.jpg --layer pool3 --top 64 -o maps.png
      """)

  @Argument(help: "The photo: a JPEG or PNG file.", completion: .file())
  var photo: String

  @Option(
    help: ArgumentHelp(
      "A convolution, pooling or normalisation, by its name in 'alexnet info'.", valueName: "name"))
  var layer = "conv1"

  @Option(
    parsing: .number,
    help: ArgumentHelp("Draw this many channels, or all if there are fewer.", valueName: "count"))
  var top = 32

  @Option(
    parsing: .number,
    help: ArgumentHelp("About how wide the maps are together.", valueName: "pixels"))
  var size = 1000

  @OptionGroup(title: "Output") var output: VisualizationOutputOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions

  func validate() throws {
    if top < 1 { throw ValidationError("--top must be at least 1.") }
    if !(64...4096).contains(size) {
      throw ValidationError("--size must be between 64 and 4096.")
    }
    if photo.isEmpty { throw ValidationError("The name of the photo is empty.") }
  }

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: output.isQuiet)
    let path = RawPath(argument: photo)
    let file = try output.open(
      reading: [.input(path)] + model.readFiles + description.readFiles, console: console)
    let loaded = try model.open(description, console: console)
    let layer = try loaded.mapLayer(layer)
    let image = try PreparedPhoto.read(
      path, loaded.preprocessing, size: loaded.parameters.architecture.inputSize, decoding)
    guard
      let maps = FeatureMaps(
        loaded.parameters, preprocessing: loaded.preprocessing, layer: layer, of: image,
        pool: WorkerPool(threads: availableProcessorCount())), maps.isFinite
    else {
      throw CommandFailure(.inputFailed, "\(path.repaired): \(ItemFailure.notFinite.message)")
    }
    let shown = Array(maps.channels.prefix(top))
    try file.write(
      sheet(maps, shown, image, layer),
      lines: "\(layer): \(shown.count) of \(DisplayText.counted(maps.channels.count, "channel")), "
        + "strongest \(shown[0].number)\n",
      members: [
        .init("kind", .string("maps")), .init("model", .string(loaded.name)),
        .init("path", .string(path.repaired)), .init("layer", .string(layer)),
        .init("width", .integer(maps.width)), .init("height", .integer(maps.height)),
        .init(
          "channels",
          .array(
            shown.map {
              ["channel": .integer($0.number), "strength": .float($0.strength)]
            })),
      ], unless: stop)
  }

  private func sheet(
    _ maps: FeatureMaps, _ shown: [FeatureMaps.Channel], _ image: RGBImage, _ layer: String
  ) -> RGBImage {
    var columns = 1
    while columns * columns < shown.count { columns += 1 }
    let factor = max(1, size / (columns * (maps.width + 2)))
    let maximum = shown.flatMap(\.values).max() ?? 0
    let colors = ColorMap.evidence
    var sheet = TileSheet(
      tiles: shown.map { channel in
        TileSheet.Tile(
          colors.image(channel.values, width: maps.width, maximum: maximum).enlarged(factor),
          label: String(channel.number))
      }, columns: columns, gap: max(2, size / 200),
      title: "\(layer): the strongest \(shown.count) of \(maps.channels.count) channels")
    sheet.beside = TileSheet.Tile(image, label: "as the network sees it")
    sheet.colors = colors
    sheet.ticks = NumberText.scale(upTo: maximum)
    sheet.textScale = max(1, Float(size) / 600)
    return sheet.draw()
  }
}
