import Tensors

/// Reads a range of a file's bytes from front to back, and never past the end of the range.
///
/// Numbers are little-endian. Every read throws ``WeightFileError/truncated(_:what:)`` if too few
/// bytes are left. Its `what` names the part of the file that was being read.
struct ByteReader {
  let format: WeightFileFormat
  let storage: Storage
  private(set) var position: Int
  let end: Int

  /// Reads the bytes of `range`, which must lie in `storage`.
  init(_ storage: Storage, _ range: Range<Int>, format: WeightFileFormat) {
    self.format = format
    self.storage = storage
    position = range.lowerBound
    end = range.upperBound
  }

  init(_ storage: Storage, format: WeightFileFormat) {
    self.init(storage, 0..<storage.count, format: format)
  }

  var remaining: Int { end - position }

  /// The range of the next `count` bytes. The position moves behind them.
  mutating func take(_ count: Int, _ what: String) throws(WeightFileError) -> Range<Int> {
    guard count >= 0, count <= remaining else { throw .truncated(format, what: what) }
    defer { position += count }
    return position..<position + count
  }

  mutating func bytes(_ count: Int, _ what: String) throws(WeightFileError) -> [UInt8] {
    storage.array(try take(count, what))
  }

  mutating func byte(_ what: String) throws(WeightFileError) -> UInt8 {
    let range = try take(1, what)
    return storage.withBytes(range) { $0[0] }
  }

  /// The next little-endian number of `T`'s size.
  mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ what: String
  ) throws(WeightFileError) -> T {
    let range = try take(T.bitWidth / 8, what)
    return storage.withBytes(range) { bytes in
      var value: T = 0
      for index in bytes.indices {
        value |= T(truncatingIfNeeded: bytes[index]) << T(8 * index)
      }
      return value
    }
  }

  /// The next 64-bit size. A size that does not fit an `Int` is an error.
  mutating func size(_ what: String) throws(WeightFileError) -> Int {
    let value = try integer(UInt64.self, what)
    guard let size = Int(exactly: value) else {
      throw .damaged(format, "\(what) claims \(value) bytes")
    }
    return size
  }

  /// The next byte, without moving the position; nil at the end.
  var next: UInt8? {
    position < end ? storage.withBytes(position..<position + 1) { $0[0] } : nil
  }

  /// Moves to a position in the file. Throws if it is behind `end`.
  mutating func seek(to position: Int, _ what: String) throws(WeightFileError) {
    guard position >= 0, position <= end else { throw .truncated(format, what: what) }
    self.position = position
  }
}

extension Storage {
  /// A copy of some of the bytes.
  func array(_ range: Range<Int>) -> [UInt8] {
    withBytes(range) { bytes in bytes.indices.map { bytes[$0] } }
  }

  /// Whether the bytes at `offset` are these.
  func has(_ expected: [UInt8], at offset: Int = 0) -> Bool {
    guard offset >= 0, offset <= count, expected.count <= count - offset else { return false }
    return withBytes(offset..<offset + expected.count) { bytes in
      bytes.indices.allSatisfy { bytes[$0] == expected[$0] }
    }
  }
}
