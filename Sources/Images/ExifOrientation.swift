/// Finds the orientation in a file's EXIF data. If there is none that can be read, the picture is
/// taken to be upright.
extension Orientation {
  /// Reads the first APP1 segment of a JPEG that begins with "Exif", if it is before the first
  /// scan.
  init(jpeg bytes: Span<UInt8>) {
    let (app1, startOfScan, endOfImage) = (UInt8(0xE1), UInt8(0xDA), UInt8(0xD9))
    let exifSignature = "Exif\0\0"
    var position = 2
    self = .upright
    while let marker = Self.nextMarker(in: bytes, from: &position) {
      if marker == startOfScan || marker == endOfImage { return }
      if marker == 0x01 || (0xD0...0xD7).contains(marker) { continue }  // These stand alone.
      guard let length = bytes.bigEndian16(at: position), length >= 2 else { return }
      let end = position + Int(length)
      if marker == app1, end <= bytes.count, bytes.hasText(exifSignature, at: position + 2) {
        let start = position + 2 + exifSignature.utf8.count
        // If the segment is shorter than the signature, `start` is after `end`: it has no TIFF
        // data.
        self = Orientation(exif: bytes.extracting(start..<max(start, end))) ?? .upright
        return
      }
      position = end
    }
  }

  /// Reads the first eXIf chunk of a PNG, at any position. If there is none, the EXIF data may be
  /// in a text, as older versions of ImageMagick and ExifTool write it: see ``RawProfile``.
  init(png bytes: Span<UInt8>) {
    var position = 8
    // Only the first such text counts, usable or not: each costs time to unpack.
    var fromText: Orientation?
    while let length = bytes.bigEndian32(at: position) {
      let start = position + 8
      let end = start + Int(length)
      guard end <= bytes.count else { break }
      if bytes.hasText("eXIf", at: position + 4), Self.isIntact(bytes, start - 4..<end) {
        self = Orientation(exif: bytes.extracting(start..<end)) ?? .upright
        return
      }
      if fromText == nil, end + 4 <= bytes.count,
        let profile = RawProfile(chunk: bytes.extracting(position..<end + 4))
      {
        fromText = Orientation(exif: profile.bytes.span) ?? .upright
      }
      position = end + 4
    }
    self = fromText ?? .upright
  }

  /// Whether the checksum after a chunk's name and data, which are in `range`, is right. Chunks
  /// that are far larger than EXIF data in any other file count as damaged.
  private static func isIntact(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count <= 1 << 20, let expected = bytes.bigEndian32(at: range.upperBound) else {
      return false
    }
    // The CRC of ISO 3309, bit by bit: PNG specification, annex D.
    var sum = UInt32.max
    for index in range {
      sum ^= UInt32(bytes[index])
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum == expected
  }

  /// Reads the orientation tag in the first directory of a TIFF structure (TIFF 6.0, section 2).
  init?(exif: Span<UInt8>) {
    let isLittleEndian: Bool
    if exif.hasText("II*\0", at: 0) {
      isLittleEndian = true
    } else if exif.hasText("MM\0*", at: 0) {
      isLittleEndian = false
    } else {
      return nil
    }
    func read16(_ position: Int) -> UInt16? {
      let value = exif.bigEndian16(at: position)
      return isLittleEndian ? value?.byteSwapped : value
    }
    func read32(_ position: Int) -> UInt32? {
      let value = exif.bigEndian32(at: position)
      return isLittleEndian ? value?.byteSwapped : value
    }
    guard let directory = read32(4).map(Int.init), let count = read16(directory) else { return nil }
    for entry in 0..<Int(count) {
      let position = directory + 2 + entry * 12
      guard let tag = read16(position), let type = read16(position + 2) else { return nil }
      guard tag == 0x0112 else { continue }
      switch type {
      case 3: self.init(rawValue: read16(position + 8) ?? 0)
      case 4: self.init(rawValue: UInt16(truncatingIfNeeded: read32(position + 8) ?? 0))
      default: return nil
      }
      return
    }
    return nil
  }

  /// Returns the next marker and moves the position behind it. Bytes before the marker are skipped.
  private static func nextMarker(in bytes: Span<UInt8>, from position: inout Int) -> UInt8? {
    while position + 1 < bytes.count {
      let (first, second) = (bytes[position], bytes[position + 1])
      position += 1
      if first == 0xFF, second != 0xFF, second != 0 {
        position += 1
        return second
      }
    }
    return nil
  }
}

extension Span<UInt8> {
  /// Whether the bytes at `offset` are those of `text`.
  func hasText(_ text: String, at offset: Int) -> Bool {
    count >= offset + text.utf8.count
      && zip(text.utf8, offset...).allSatisfy { self[$1] == $0 }
  }

  fileprivate func bigEndian16(at position: Int) -> UInt16? {
    guard position + 2 <= count else { return nil }
    return UInt16(self[position]) << 8 | UInt16(self[position + 1])
  }

  fileprivate func bigEndian32(at position: Int) -> UInt32? {
    guard let high = bigEndian16(at: position), let low = bigEndian16(at: position + 2) else {
      return nil
    }
    return UInt32(high) << 16 | UInt32(low)
  }
}
