import ArgumentParser
import Drawing
import Explanation
import Images
import JSON
import ModelLibrary
import Network
import System

/// `alexnet visualize filters`: the filters of the first convolution.
struct VisualizeFiltersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters",
    abstract: "Draw the filters of the first convolution.",
    discussion: """
      Each filter is a small picture: the pattern of colours that it answers to most. Grey is the \
      weight 0, and the largest weight of a filter has the full colour. The order and the scale of \
      the colours in the network's input are taken into account, so that the colours are true.

      Examples:
        alexnet visualize filters --output filters.png
        alexnet visualize filters --model caffenet --size 1600 -o filters.png
      """)

  @OptionGroup(title: "Output") var output: VisualizationOutputOptions

  @Option(
    parsing: .number,
    help: ArgumentHelp("About how wide the picture is.", valueName: "pixels"))
  var size = 1000

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions

  func validate() throws {
    if !(64...4096).contains(size) {
      throw ValidationError("--size must be between 64 and 4096.")
    }
  }

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: output.isQuiet)
    let file = try output.open(
      reading: model.readFiles + description.readFiles, console: console)
    let loaded = try model.open(description, console: console)
    guard let filters = FilterTiles(loaded.parameters, preprocessing: loaded.preprocessing) else {
      throw CommandFailure(
        .usage,
        "the first layer of the model '\(loaded.name)' is no convolution of red, green and blue")
    }
    let columns = Self.columns(filters.tiles.count)
    let kernel = filters.tiles[0].width
    let factor = max(1, size / (columns * (kernel + 1)))
    let title =
      "\(filters.layer): \(DisplayText.counted(filters.tiles.count, "filter")) of "
      + "\(kernel) x \(kernel)"
    var sheet = TileSheet(
      tiles: filters.tiles.map { TileSheet.Tile($0.enlarged(factor)) }, columns: columns,
      gap: max(1, factor / 2), title: title)
    sheet.textScale = max(1, Float(size) / 500)
    try file.write(
      sheet.draw(), lines: title + "\n",
      members: [
        .init("kind", .string("filters")), .init("model", .string(loaded.name)),
        .init("layer", .string(filters.layer)), .init("filters", .integer(filters.tiles.count)),
        .init("kernel", .integer(kernel)), .init("columns", .integer(columns)),
        .init("enlarged", .integer(factor)),
      ], unless: stop)
  }

  /// 16 for the usual numbers of filters, as in the paper's figure, otherwise a square.
  static func columns(_ count: Int) -> Int {
    if count % 16 == 0, count > 16 { return count > 64 ? 16 : 8 }
    var side = 1
    while side * side < count { side += 1 }
    return side
  }
}
