import Tensors

/// The entries of a zip file that is not compressed. Source of the format: PKWARE's APPNOTE 6.3.10.
struct ZipArchive {
  struct Entry {
    let name: String
    /// The range of the bytes in the file that the entry has, compressed or not.
    fileprivate let stored: Range<Int>
    /// The position of the entry's header, which is before its content.
    fileprivate let start: Int
    /// Why the content cannot be read; nil if it can.
    fileprivate let problem: WeightFileError?

    /// The range of the entry's content in the file.
    ///
    /// - Throws: ``WeightFileError/unsupported(_:_:)`` for a compressed or encrypted entry.
    func content() throws(WeightFileError) -> Range<Int> {
      if let problem { throw problem }
      return stored
    }
  }

  let entries: [Entry]
  private let indices: [String: Int]

  /// Reads the directory at the end of the file, which has the position of each entry.
  ///
  /// - Throws: ``WeightFileError`` for an incomplete file, whose directory is missing, for entries
  ///   that reach outside the file, and for entries with the same name. Entries that overlap are
  ///   refused too, because a small file could otherwise contain any amount of data.
  init(_ storage: Storage, format: WeightFileFormat) throws(WeightFileError) {
    var directory = try Self.directory(storage, format)
    var entries: [Entry] = []
    while directory.remaining > 0 {
      let (header, name) = try Self.header(&directory)
      entries.append(
        Entry(
          name: name, stored: try header.stored(name, storage, format), start: header.offset,
          problem: header.problem(name, format)))
    }
    var end = 0
    for entry in entries.sorted(by: { $0.start < $1.start }) {
      guard entry.start >= end else {
        throw .damaged(format, "its entry \(entry.name) overlaps the entry before it")
      }
      end = entry.stored.upperBound
    }
    var indices: [String: Int] = [:]
    for (index, entry) in entries.enumerated() {
      guard indices.updateValue(index, forKey: entry.name) == nil else {
        throw .damaged(format, "it has two entries named \(entry.name)")
      }
    }
    self.entries = entries
    self.indices = indices
  }

  subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }
}

/// The directory's record of an entry.
private struct EntryHeader {
  let flags: UInt16
  let method: UInt16
  var compressedSize: Int
  var size: Int
  var offset: Int

  /// Why the content cannot be read; nil if it can.
  func problem(_ name: String, _ format: WeightFileFormat) -> WeightFileError? {
    guard method == 0, flags & 1 == 0 else {
      return .unsupported(
        format, "its entry \(name) is compressed or encrypted: save the file uncompressed")
    }
    guard compressedSize == size else {
      return .damaged(format, "its entry \(name) has two sizes, \(compressedSize) and \(size)")
    }
    return nil
  }

  func stored(
    _ name: String, _ storage: Storage, _ format: WeightFileFormat
  ) throws(WeightFileError) -> Range<Int> {
    let what = "its entry \(name)"
    var reader = ByteReader(storage, format: format)
    try reader.seek(to: offset, what)
    guard try reader.integer(UInt32.self, what) == 0x0403_4B50 else {
      throw .damaged(format, "its entry \(name) is not where its directory says")
    }
    _ = try reader.take(22, what)
    let nameLength = Int(try reader.integer(UInt16.self, what))
    let extraLength = Int(try reader.integer(UInt16.self, what))
    _ = try reader.take(nameLength + extraLength, what)
    return try reader.take(compressedSize, what)
  }
}

extension ZipArchive {
  /// The bytes of the directory, found from the end of the file.
  private static func directory(
    _ storage: Storage, _ format: WeightFileFormat
  ) throws(WeightFileError) -> ByteReader {
    let what = "the directory at its end"
    // The last record of a zip file has 22 bytes, and a comment of at most 65535 bytes after them.
    let lowest = max(0, storage.count - 22 - 65535)
    var position = storage.count - 22
    while position >= lowest, !storage.has([0x50, 0x4B, 5, 6], at: position) { position -= 1 }
    guard position >= lowest else { throw .truncated(format, what: what) }
    var reader = ByteReader(storage, format: format)
    try reader.seek(to: position + 12, what)
    var size = Int(try reader.integer(UInt32.self, what))
    var offset = Int(try reader.integer(UInt32.self, what))
    if storage.has([0x50, 0x4B, 6, 7], at: position - 20) {
      try reader.seek(to: position - 12, what)
      let record = try reader.size(what)
      guard storage.has([0x50, 0x4B, 6, 6], at: record) else {
        throw .damaged(format, "its zip64 directory is not where its end says")
      }
      // This does not overflow: `has` has just found four bytes at this position.
      try reader.seek(to: record + 4, what)
      _ = try reader.take(36, what)
      size = try reader.size(what)
      offset = try reader.size(what)
    }
    guard offset <= position, size <= position - offset else {
      throw .damaged(format, "its directory reaches outside the file")
    }
    return ByteReader(storage, offset..<offset + size, format: format)
  }

  private static func header(
    _ reader: inout ByteReader
  ) throws(WeightFileError) -> (EntryHeader, String) {
    let what = "the directory at its end"
    guard try reader.integer(UInt32.self, what) == 0x0201_4B50 else {
      throw .damaged(reader.format, "its directory breaks off")
    }
    _ = try reader.take(4, what)
    let flags = try reader.integer(UInt16.self, what)
    let method = try reader.integer(UInt16.self, what)
    _ = try reader.take(8, what)
    let compressedSize = Int(try reader.integer(UInt32.self, what))
    let size = Int(try reader.integer(UInt32.self, what))
    let nameLength = Int(try reader.integer(UInt16.self, what))
    let extraLength = Int(try reader.integer(UInt16.self, what))
    let commentLength = Int(try reader.integer(UInt16.self, what))
    _ = try reader.take(8, what)
    let offset = Int(try reader.integer(UInt32.self, what))
    let name = String(decoding: try reader.bytes(nameLength, what), as: UTF8.self)
    var header = EntryHeader(
      flags: flags, method: method, compressedSize: compressedSize, size: size, offset: offset)
    let extra = try reader.take(extraLength, what)
    try readZip64(&header, ByteReader(reader.storage, extra, format: reader.format))
    _ = try reader.take(commentLength, what)
    return (header, name)
  }

  /// Reads the zip64 extra field, whose type is 1. It has the sizes and offsets that do not fit
  /// into 32 bits. The directory has 0xFFFFFFFF in their place.
  private static func readZip64(
    _ header: inout EntryHeader, _ extra: ByteReader
  ) throws(WeightFileError) {
    let what = "a zip64 size"
    var extra = extra
    while extra.remaining >= 4 {
      let type = try extra.integer(UInt16.self, what)
      let range = try extra.take(Int(try extra.integer(UInt16.self, what)), what)
      guard type == 1 else { continue }
      var field = ByteReader(extra.storage, range, format: extra.format)
      if header.size == 0xFFFF_FFFF { header.size = try field.size(what) }
      if header.compressedSize == 0xFFFF_FFFF { header.compressedSize = try field.size(what) }
      if header.offset == 0xFFFF_FFFF { header.offset = try field.size(what) }
    }
  }
}
