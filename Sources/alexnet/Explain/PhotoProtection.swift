import Explanation
import System

/// Refuses places for output at which it would replace photos, or be read as photos itself. This
/// is checked before anything is opened.
struct PhotoProtection {
  /// The inputs that were named, without standard input.
  let inputs: [RawPath]

  /// Checks the folder for the pictures.
  func check(folder: RawPath) throws {
    let above = folders(above: folder)
    var photos: [(path: RawPath, identity: FileIdentity)] = []
    for input in inputs {
      guard let status = try? FileStatus(of: input) else { continue }
      if status.kind != .directory {
        photos.append((input, status.identity))
      } else if above.contains(status.identity) {
        throw CommandFailure(
          .usage,
          "the output folder '\(folder.repaired)' is in the input folder '\(input.repaired)', "
            + "where pictures would replace photos, or be explained themselves",
          hint: "name a folder outside of it")
      }
    }
    var names = PictureNames()
    for photo in photos {
      let path = folder.appending(names.next(for: photo.path))
      if let status = try? FileStatus(of: path),
        let replaced = photos.first(where: { $0.identity == status.identity })
      {
        throw Self.refusal("the picture of '\(photo.path.repaired)'", replaced.path)
      }
    }
  }

  /// Checks a file for a picture.
  func check(picture path: RawPath) throws {
    try check(path, "the picture")
    if let image = ExistingImage(at: path), !PictureMark.isIn(beginning: image.beginning) {
      throw ExistingImage.refusal(path.repaired, contents: "the picture")
    }
  }

  /// Checks the file for the values.
  func check(array path: RawPath) throws {
    try check(path, "the array")
    if ExistingImage(at: path) != nil {
      throw ExistingImage.refusal(path.repaired, contents: "the array")
    }
  }

  private func check(_ path: RawPath, _ contents: String) throws {
    guard let status = try? FileStatus(of: path), status.kind == .regular else { return }
    for input in inputs where (try? FileStatus(of: input))?.identity == status.identity {
      throw Self.refusal(contents, input)
    }
  }

  private static func refusal(_ contents: String, _ photo: RawPath) -> CommandFailure {
    CommandFailure(
      .usage, "\(contents) would replace the photo '\(photo.repaired)'",
      hint: "give the output another name or folder")
  }
}
