public import System

/// One photo of the training data.
public struct Photo: Sendable, Equatable {
  /// How messages and records name it: `data.tar/daisy/1.jpg` for a member of a tar file.
  public let path: RawPath
  public let content: PhotoContent
  /// The position of its class in the list of classes.
  public let classIndex: Int

  /// Whether the class is what some network took the photo for. A teacher's probabilities then
  /// count alone.
  public let isPredicted: Bool

  public init(
    path: RawPath, content: PhotoContent, classIndex: Int, isPredicted: Bool = false
  ) {
    self.isPredicted = isPredicted
    self.path = path
    self.content = content
    self.classIndex = classIndex
  }
}

/// Where the bytes of a photo are.
public enum PhotoContent: Sendable, Equatable {
  case file(RawPath)
  /// A part of a tar file, in bytes.
  case member(of: RawPath, offset: Int, count: Int)

  /// The number of bytes; nil where it is not known.
  var size: Int? {
    switch self {
    // A file that is not there is reported when it is read.
    case .file(let path): (try? FileStatus(of: path))?.size
    case .member(_, _, let count): count
    }
  }

  /// Reads the bytes to the front of `buffer`, which grows as needed.
  ///
  /// - Returns: how many bytes were read.
  /// - Throws: ``SystemError/tooLarge(path:limit:)`` past `limit` bytes; also where the tar file
  ///   has become too short to hold the member.
  public func read(into buffer: inout [UInt8], limit: Int) throws(SystemError) -> Int {
    switch self {
    case .file(let path):
      return try InputFile(opening: path).read(into: &buffer, limit: limit)
    case .member(let archive, let offset, let count):
      guard count <= limit else { throw .tooLarge(path: archive, limit: limit) }
      let read = try RandomAccessFile(opening: archive).read(
        at: offset, count: count, into: &buffer)
      guard read == count else { throw .endOfFile(reading: archive) }
      return read
    }
  }
}
