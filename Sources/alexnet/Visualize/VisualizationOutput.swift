import ArgumentParser
import Explanation
import Images
import JSON
import System

/// The file of a visualisation, and what is said about it.
struct VisualizationOutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The PNG file to write. It appears only when it is complete, and never replaces a photo.",
      valueName: "file"),
    completion: .file())
  var output: String

  @Flag(help: "Describe on standard output, as one JSON object, what was drawn.")
  var json = false

  @Flag(
    name: [.customShort("q"), .customLong("quiet")],
    help: "Write only errors to standard error.")
  var isQuiet = false

  func validate() throws {
    if output.isEmpty { throw ValidationError("The name of the output file is empty.") }
  }

  /// Opens the file.
  ///
  /// - Parameter files: what is read.
  /// - Throws: what ends the command if that is not possible, or if it would replace a photo or
  ///   what is read.
  func open(reading files: [ReadFile], console: Console) throws -> VisualizationOutput {
    let path = RawPath(argument: output)
    var protection = OutputProtection(files)
    try protection.check(path, "the picture", replacesOwnPictures: true)
    if json, isStandardOutput(path) {
      throw CommandFailure(
        .usage, "the picture and the description cannot both go to standard output")
    }
    return try VisualizationOutput(path, isJSON: json, console: console)
  }
}

/// Writes a picture, and then what was drawn to standard output.
struct VisualizationOutput {
  private let path: RawPath
  private let isJSON: Bool
  private let target: any OutputTarget
  private let text: ResultOutput

  init(_ path: RawPath, isJSON: Bool, console: Console) throws(OutputError) {
    self.path = path
    self.isJSON = isJSON
    text = ResultOutput(console: console)
    target = try createOutput(path)
    if let note = inPlaceNote(path, target.inPlaceReason) { console.note(note) }
  }

  /// Writes the picture as a PNG file.
  ///
  /// - Parameters:
  ///   - lines: what was drawn, for people.
  ///   - members: the same for programs.
  ///   - stop: if a signal raised it, nothing is written.
  func write(
    _ picture: @autoclosure () -> RGBImage, lines: String, members: [JSONValue.Member],
    unless stop: StopFlag
  ) throws {
    if let signal = stop.signal {
      target.abandon()
      throw SilentExit(signal: signal)
    }
    let file: [UInt8]
    do throws(ImageDecodingError) {
      file = PictureMark.visualize.marked(try picture().pngFile())
    } catch {
      target.abandon()
      throw CommandFailure(.internalFault, "the picture cannot be written as PNG: \(error)")
    }
    do throws(SystemError) {
      try target.write(file.span)
      try target.commit()
    } catch {
      target.abandon()
      throw (error.isBrokenPipe ? OutputError.closedPipe : .cannotWrite(error)).failure
    }
    if isStandardOutput(path) { return }
    if isJSON {
      let picture = JSONValue.Member("picture", .string(path.repaired))
      try text.write(JSONValue.object(members + [picture]).text + "\n")
    } else {
      try text.write(lines)
    }
  }
}
