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
    parsing: .number,
    help: ArgumentHelp(
      "Give up a file that takes longer than this to read, or then to decode; 0 for no limit.",
      valueName: "seconds"))
  var timeout = 60.0

  @Option(
    help: ArgumentHelp(
      "The colour behind transparent pixels: a name or #rrggbb. (default: white)",
      valueName: "colour"))
  var background: RGBColor?

  /// A year.
  private static let longestTimeout = 31_536_000.0

  func validate() throws {
    if maxPixels < 1 {
      throw ValidationError("--max-pixels must be at least 1.")
    }
    if !(0...Self.longestTimeout).contains(timeout) {
      throw ValidationError(
        "--timeout must be between 0 and \(Int(Self.longestTimeout)) seconds.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    options.exactDecode = exactDecode
    options.decode.allowDamaged = allowDamaged
    options.decode.maxPixels = maxPixels
    options.timeLimit = timeout > 0 ? .seconds(timeout) : nil
    if let background { options.decode.background = background }
  }
}
