import Explanation
import Images
import System

/// An image that is already where an output is to be written.
struct ExistingImage {
  /// The first bytes of the file.
  let beginning: [UInt8]

  /// Enough to tell the kind of an image, and whether `alexnet explain` drew it.
  private static let length = 128

  /// Whether this program drew it.
  var isOwnPicture: Bool { PictureMark.isIn(beginning: beginning) }

  /// Nil where there is no file, or one that is not an image. What cannot be opened here is created
  /// later, or reported when that fails.
  init?(at path: RawPath) {
    var bytes: [UInt8] = []
    let count = try? RandomAccessFile(opening: path).read(
      at: 0, count: Self.length, into: &bytes)
    guard let count, count >= 4 else { return nil }
    bytes.removeLast(bytes.count - count)
    guard ImageFormat(beginning: bytes.span) != nil else { return nil }
    beginning = bytes
  }

  /// What ends a command whose output would replace an image.
  ///
  /// - Parameter contents: what the output would be, such as "the results".
  static func refusal(_ output: String, contents: String) -> CommandFailure {
    CommandFailure(
      .usage, "the output '\(output)' is an image, which \(contents) would replace",
      hint: "give the output another name, or remove the image first")
  }
}
