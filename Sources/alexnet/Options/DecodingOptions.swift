import ArgumentParser
import Classification
import Images

extension RGBColor: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}

/// How image files are decoded.
struct DecodingOptions: ParsableArguments {
  @Flag(
    name: [.customLong("allow-damaged"), .customLong("allow-truncated")],
    help: "Accept files that are damaged or end early, with what can be decoded of the picture.")
  var allowDamaged = false

  @Flag(help: "Decode photos in full size, even if half size or less would be enough.")
  var exactDecode = false

  @Option(
    parsing: .number,
    help: ArgumentHelp("Refuse pictures that have more pixels than this.", valueName: "count"))
  var maxPixels = DecodeOptions().maxPixels

  @Option(
    help: ArgumentHelp(
      "The colour behind transparent pixels: a name or #rrggbb. (default: white)",
      valueName: "colour"))
  var background: RGBColor?

  func validate() throws {
    if maxPixels < 1 {
      throw ValidationError("--max-pixels must be at least 1.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    options.exactDecode = exactDecode
    options.decode.allowDamaged = allowDamaged
    options.decode.maxPixels = maxPixels
    if let background { options.decode.background = background }
  }
}
