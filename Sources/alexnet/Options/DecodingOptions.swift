import ArgumentParser
import Classification
import Images

extension RGBColor: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}

/// How files become pictures.
struct DecodingOptions: ParsableArguments {
  @Flag(help: "Accept what can be recovered of a file that ends early.")
  var allowTruncated = false

  @Flag(help: "Decode photos in full size, where half size or less would do.")
  var exactDecode = false

  @Option(
    parsing: .number,
    help: ArgumentHelp("Refuse pictures with more pixels than this.", valueName: "count"))
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
