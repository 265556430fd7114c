import ArgumentParser
import System

/// The formats of explanations on standard output.
enum ExplanationFormat {
  /// A line for each class.
  case text
  case json
  case jsonl
}

/// Where pictures, arrays and records are written.
struct ExplanationOutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the picture, as PNG, to a file. It appears only when it is complete. With a folder or "
        + "several inputs, this names a folder, which is made where it is missing: the picture of "
        + "cat.jpg becomes cat.png there, that of a second cat.jpg cat-2.png. Without it no picture "
        + "is drawn.",
      valueName: "file-or-folder"),
    completion: .file())
  var output: String?

  @Flag(help: "Put a box round the strongest evidence, in the picture and in the records.")
  var boxes = false

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The longest side of the photo in the picture. (default: \(Self.usualSize), or "
        + "\(Self.usualSizeInRow) for several classes)",
      valueName: "pixels"))
  var size: Int?

  @Option(
    help: ArgumentHelp(
      "Write the values themselves to a .npy file: float32, classes x height x width, as they were "
        + "computed and not enlarged. For one photo.",
      valueName: "file"),
    completion: .file())
  var array: String?

  @Flag(help: "Write the records as one JSON array.")
  var json = false

  @Flag(help: "Write one JSON record on each line; usual for a folder and for several inputs.")
  var jsonl = false

  private static let sizes = 64...4096
  private static let usualSize = 800
  private static let usualSizeInRow = 520

  func validate() throws {
    if let size, !Self.sizes.contains(size) {
      throw ValidationError(
        "--size must be between \(Self.sizes.lowerBound) and \(Self.sizes.upperBound).")
    }
    if json && jsonl {
      throw ValidationError(
        "Results can have only one format, and these options ask for json and jsonl.")
    }
    if output == "" || array == "" {
      throw ValidationError("The name of the output file is empty.")
    }
  }

  /// The longest side of the photo in the picture; nil where none is drawn.
  func pictureSide(classes: Int) -> Int? {
    output == nil ? nil : size ?? (classes > 1 ? Self.usualSizeInRow : Self.usualSize)
  }

  func format(isOnePhoto: Bool) -> ExplanationFormat {
    json ? .json : jsonl || !isOnePhoto ? .jsonl : .text
  }

  /// Opens everything that is to be written.
  ///
  /// - Parameter isOnePhoto: whether the only input is not a folder.
  /// - Throws: what ends the command if that is not possible.
  func open(isOnePhoto: Bool, console: Console) throws -> ExplanationOutput {
    if array != nil && !isOnePhoto {
      throw CommandFailure(.usage, "--array is for one photo", hint: "name one file")
    }
    let path = output.map(RawPath.init(argument:))
    let toFolder = path.map { path in
      !isOnePhoto || path.bytes.last == UInt8(ascii: "/")
        || (try? FileStatus(of: path))?.kind == .directory
    }
    // The picture itself may go to standard output, instead of the lines about it.
    let isSilent = path.map(isStandardOutput) ?? false
    if isSilent && (json || jsonl) {
      throw CommandFailure(
        .usage, "the picture and the records cannot both go to standard output")
    }
    let pictures: ExplanationOutput.Pictures =
      switch (path, toFolder) {
      case (let path?, true?): .folder(path)
      case (let path?, _): .file(path)
      case (nil, _): .none
      }
    return try ExplanationOutput(
      pictures, array: array.map(RawPath.init(argument:)), isSilent: isSilent, console: console)
  }
}
