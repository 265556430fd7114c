public import Images
public import System
import Tensors

/// What an index knows about a photo beside its features.
public struct IndexedPhoto: Sendable, Equatable {
  public var path: RawPath
  /// Width and height, upright.
  public var size: PixelSize
  /// Bytes of the file.
  public var byteCount: Int
  /// When the file was last changed.
  public var modified: FileTime
  /// The SHA-256 of the file: 32 bytes.
  public var digest: [UInt8]

  public init(
    path: RawPath, size: PixelSize, byteCount: Int, modified: FileTime, digest: [UInt8]
  ) {
    self.path = path
    self.size = size
    self.byteCount = byteCount
    self.modified = modified
    self.digest = digest
  }

  static let digestSize = 32

  /// Adds the entry of the photo, whose path begins at `pathStart` among all paths.
  func append(to bytes: inout [UInt8], pathStart: Int) {
    bytes.append(littleEndian: UInt64(pathStart))
    bytes.append(littleEndian: UInt32(clamping: path.bytes.count))
    bytes.append(littleEndian: UInt32(clamping: size.width))
    bytes.append(littleEndian: UInt32(clamping: size.height))
    bytes.append(littleEndian: modified.nanoseconds)
    bytes.append(littleEndian: UInt64(byteCount))
    bytes.append(littleEndian: modified.seconds)
    bytes += digest
    bytes.append(littleEndian: UInt64(0))
  }

  /// The photo of the entry at `start`.
  ///
  /// - Parameter paths: where all paths are; that of the entry must lie inside.
  init(_ storage: Storage, entryAt start: Int, paths: Range<Int>) {
    let path = IndexedPhoto.path(storage, entryAt: start)
    let first = paths.lowerBound + path.lowerBound
    self.path = RawPath(storage.bytes(first..<first + path.count))
    size = PixelSize(
      width: Int(storage.integer(UInt32.self, at: start + 12)),
      height: Int(storage.integer(UInt32.self, at: start + 16)))
    byteCount = Int(clamping: storage.integer(UInt64.self, at: start + 24))
    modified = FileTime(
      seconds: storage.integer(Int64.self, at: start + 32),
      nanoseconds: storage.integer(UInt32.self, at: start + 20))
    digest = storage.bytes(start + 40..<start + 40 + Self.digestSize)
  }

  /// Where the path of the entry at `start` is among all paths; the empty range 0..<0 where the
  /// entry cannot be true.
  static func path(_ storage: Storage, entryAt start: Int) -> Range<Int> {
    guard let first = Int(exactly: storage.integer(UInt64.self, at: start)), first < 1 << 60 else {
      return 0..<0
    }
    return first..<first + Int(storage.integer(UInt32.self, at: start + 8))
  }
}
