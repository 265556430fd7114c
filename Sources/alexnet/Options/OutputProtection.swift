import System

/// Refuses places for outputs at which they would replace what the command reads, an image, or each
/// other, or be read as photos themselves. This is checked before anything is opened.
struct OutputProtection {
  private let inputs: [(file: ReadFile, status: FileStatus)]
  /// What was checked before, with what it is called.
  private var outputs: [(path: RawPath, contents: String)] = []

  /// - Parameter files: what the command reads. Those that do not exist need no protection.
  init(_ files: [ReadFile]) {
    inputs = files.compactMap { file in
      (try? FileStatus(of: file.path)).map { (file, $0) }
    }
  }

  /// Checks the file for an output. Files that were checked before must be others.
  ///
  /// - Parameters:
  ///   - path: nil where nothing is written.
  ///   - contents: what the file will hold, such as "the results".
  ///   - replacesOwnPictures: whether it may replace a picture that this program drew.
  mutating func check(
    _ path: RawPath?, _ contents: String, replacesOwnPictures: Bool = false
  ) throws {
    guard let path, !isStandardOutput(path) else { return }
    let status = try? FileStatus(of: path)
    // What is no file is never replaced: a device or a FIFO is written to.
    if let status, status.kind != .regular { return }
    if let status, let input = inputs.first(where: { $0.status.identity == status.identity }) {
      throw Self.refusal(contents, input.file)
    }
    if let image = ExistingImage(at: path), !replacesOwnPictures || !image.isOwnPicture {
      throw ExistingImage.refusal(path.repaired, contents: contents)
    }
    if let other = outputs.first(where: { leadToOneFile($0.path, path) }) {
      throw CommandFailure(
        .usage, "\(path.repaired) cannot be both \(contents) and \(other.contents)",
        hint: "give one of them another name")
    }
    outputs.append((path, contents))
  }

  /// Checks the folder for the pictures of photos.
  func check(folder: RawPath) throws {
    let above = folders(above: folder)
    var photos: [(file: ReadFile, status: FileStatus)] = []
    for input in inputs {
      if input.status.kind != .directory {
        photos.append(input)
      } else if above.contains(input.status.identity) {
        throw CommandFailure(
          .usage,
          "the output folder '\(folder.repaired)' is in the input folder "
            + "'\(input.file.path.repaired)', where pictures would replace photos, or be explained "
            + "themselves",
          hint: "name a folder outside of it")
      }
    }
    var names = PictureNames()
    for photo in photos where photo.file.isInput {
      let path = folder.appending(names.next(for: photo.file.path))
      if let status = try? FileStatus(of: path),
        let replaced = photos.first(where: { $0.status.identity == status.identity })
      {
        throw Self.refusal("the picture of '\(photo.file.path.repaired)'", replaced.file)
      }
    }
  }

  /// Checks the folder in which the command writes files of its own: nothing that it reads may be
  /// there.
  func check(ownFolder folder: RawPath) throws {
    guard let identity = (try? FileStatus(of: folder))?.identity else { return }
    for input in inputs {
      let paths = [input.file.path, (try? input.file.path.resolvingLinks()) ?? input.file.path]
      guard paths.contains(where: { folders(above: $0).contains(identity) }) else { continue }
      throw CommandFailure(
        .usage,
        "'\(input.file.path.repaired)' is in \(folder.repaired), where this command replaces files",
        hint: "copy it to another place first, or name another output")
    }
  }

  private static func refusal(_ contents: String, _ file: ReadFile) -> CommandFailure {
    CommandFailure(
      .usage, "\(contents) would replace \(file.name) '\(file.path.repaired)'",
      hint: "give the output another name or folder")
  }
}
