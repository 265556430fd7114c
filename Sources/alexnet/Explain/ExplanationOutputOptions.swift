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
      "Write the picture, as PNG, to a file. It appears only when it is complete. With a folder, "
        + "a tar file or several inputs, this names a folder, which is made where it is missing: "
        + "the picture of "
        + "cat.jpg becomes cat.png there, that of a second cat.jpg cat-2.png. Without it no "
        + "picture is drawn.",
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
      "Write the values themselves, classes x height x width, as they were computed and not "
        + "enlarged: nested lists where the name ends in .json, otherwise a .npy file of float32. "
        + "For one photo.",
      valueName: "file"),
    completion: .file())
  var array: String?

  @Flag(help: "Write the records as one JSON array.")
  var json = false

  @Flag(
    help: "Write one JSON record on each line; usual for a folder, a tar file and several inputs.")
  var jsonl = false

  private static let sizes = 64...4096
  private static let usualSize = 800
  private static let usualSizeInRow = 520

  func validate() throws {
    if let size, !Self.sizes.contains(size) {
      throw ValidationError(
        "--size must be between \(Self.sizes.lowerBound) and \(Self.sizes.upperBound).")
    }
    if size != nil && output == nil {
      throw ValidationError("--size is that of the picture, which only --output asks for.")
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
  /// - Throws: what ends the command if that is not possible, or if it would replace photos.
  ///
  /// - Parameter files: what is read beside the input.
  func open(
    for input: InputOptions, reading files: [ReadFile], console: Console
  ) throws -> ExplanationOutput {
    let isOnePhoto = input.isOnePhoto
    if array != nil && !isOnePhoto {
      throw CommandFailure(.usage, "--array is for one photo", hint: "name one file")
    }
    let array = array.map(RawPath.init(argument:))
    let pictures = pictures(isOnePhoto: isOnePhoto)
    var protection = OutputProtection(input.readFiles + files)
    if let array { try check(array, pictures, photo: input.soleInput) }
    switch pictures {
    case .none: break
    case .file(let path):
      try protection.check(path, "the picture", replacesOwnPictures: true)
    case .folder(let path): try protection.check(folder: path)
    }
    try protection.check(array, "the array")
    return try ExplanationOutput(
      pictures, array: array, isSilent: try isSilent(pictures, array), console: console)
  }

  private func pictures(isOnePhoto: Bool) -> ExplanationOutput.Pictures {
    guard let path = output.map(RawPath.init(argument:)) else { return .none }
    let isFolder =
      !isOnePhoto || path.bytes.last == UInt8(ascii: "/")
      || (try? FileStatus(of: path))?.kind == .directory
    return isFolder ? .folder(path) : .file(path)
  }

  /// Refuses one file for both the picture and the array.
  private func check(
    _ array: RawPath, _ pictures: ExplanationOutput.Pictures, photo: RawPath?
  ) throws {
    var picture: RawPath?
    switch pictures {
    case .none: break
    case .file(let path): picture = path
    case .folder(let folder):
      var names = PictureNames()
      picture = photo.map { folder.appending(names.next(for: $0)) }
    }
    if let picture, leadToOneFile(picture, array) {
      throw CommandFailure(
        .usage, "the picture and the array cannot both go to '\(array.repaired)'")
    }
  }

  /// Whether standard output is for the picture or the array, and not for lines about the photo.
  private func isSilent(_ pictures: ExplanationOutput.Pictures, _ array: RawPath?) throws -> Bool {
    var contents: [String] = []
    if case .file(let path) = pictures, isStandardOutput(path) { contents.append("the picture") }
    if let array, isStandardOutput(array) { contents.append("the array") }
    if !contents.isEmpty && (json || jsonl) { contents.append("the records") }
    guard contents.count > 1 else { return !contents.isEmpty }
    throw CommandFailure(
      .usage,
      "\(contents[0]) and \(contents[1]) cannot both go to standard output")
  }
}
