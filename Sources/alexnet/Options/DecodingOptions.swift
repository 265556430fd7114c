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
  @Flag(help: "Accept files that end early, with the part of the picture that they hold.")
  var allowTruncated = false

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
    options.decode.allowTruncated = allowTruncated
    options.decode.maxPixels = maxPixels
    if let background { options.decode.background = background }
  }
}
