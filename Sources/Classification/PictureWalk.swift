import Images
public import System

extension DirectoryWalk {
  /// The pictures in a folder and all folders below it: files with the endings of pictures, also of
  /// those that cannot be decoded here, and files without an ending that begin as a picture does.
  public static func pictures(in root: RawPath) -> DirectoryWalk {
    DirectoryWalk(root, extensions: ImageFormat.pictureExtensions, orWanted: beginsAsPicture)
  }

  /// Whether a file without an ending is a JPEG or PNG file. One that cannot be read is none.
  private static func beginsAsPicture(_ path: RawPath) -> Bool {
    guard (try? FileStatus(of: path))?.kind == .regular,
      let file = try? RandomAccessFile(opening: path)
    else { return false }
    var bytes: [UInt8] = []
    guard let count = try? file.read(at: 0, count: 4, into: &bytes), count == 4 else {
      return false
    }
    return ImageFormat(beginning: bytes.span.extracting(0..<4)) != nil
  }
}
