/// Where the bytes of a tar archive come from.
protocol TarSource: AnyObject {
  /// The archive's name in messages.
  var path: RawPath { get }
  /// In bytes; nil where it is not known before the end.
  var size: Int? { get }
  /// Reads `count` bytes, from `offset` on, to the front of `buffer`, which grows as needed. A
  /// stream cannot go back: the offset is never smaller than where the last call ended.
  ///
  /// - Returns: how many bytes were read: fewer than `count` only where the archive ends.
  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(TarError) -> Int
}

/// An archive that is a regular file.
final class TarFile: TarSource {
  private let file: RandomAccessFile
  var path: RawPath { file.path }
  var size: Int? { file.size }

  init(opening path: RawPath) throws(TarError) {
    do throws(SystemError) {
      file = try RandomAccessFile(opening: path)
    } catch {
      throw .unreadable(error)
    }
  }

  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(TarError) -> Int {
    do throws(SystemError) {
      return try file.read(at: offset, count: count, into: &buffer)
    } catch {
      throw .unreadable(error)
    }
  }
}
