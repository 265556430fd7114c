import CImageCodecs

/// EXIF data in a text chunk of a PNG, as ImageMagick wrote it before there was the eXIf chunk:
/// hexadecimal digits after the name and the length of the profile.
///
/// Source of the form: `Magick_png_write_raw_profile` in `coders/png.c` of ImageMagick.
struct RawProfile {
  /// The TIFF structure, without the "Exif" before it; empty if the text is no profile.
  let bytes: [UInt8]

  private static let names = ["Raw profile type exif\0", "Raw profile type APP1\0"]
  private static let signature = Array("Exif\0\0".utf8)

  /// The most bytes of a text. EXIF data in a JPEG, where it comes from, has less than 64 KB.
  private static let maxText = 1 << 18

  /// Nil if the chunk is no text with the name of such a profile.
  ///
  /// - Parameter chunk: a chunk, from its length to its checksum.
  init?(chunk: Span<UInt8>) {
    let nameStart = 8
    guard let name = Self.names.first(where: { chunk.hasText($0, at: nameStart) }) else {
      return nil
    }
    let start = nameStart + name.utf8.count
    let text: [UInt8]
    if chunk.hasText("tEXt", at: 4) {
      let end = min(chunk.count - 4, start + Self.maxText)
      guard start <= end else { return nil }
      text = (start..<end).map { chunk[$0] }
    } else if chunk.hasText("zTXt", at: 4) {
      text = Self.decompressed(chunk)
    } else {
      return nil
    }
    let profile = Self.profile(in: text) ?? []
    bytes =
      profile.starts(with: Self.signature) ? Array(profile.dropFirst(Self.signature.count)) : []
  }

  private static func decompressed(_ chunk: Span<UInt8>) -> [UInt8] {
    // SAFETY: the call reads the chunk, and writes at most `maxText` bytes.
    unsafe [UInt8](unsafeUninitializedCapacity: maxText) { text, count in
      count = unsafe chunk.withUnsafeBufferPointer { chunk in
        unsafe codec_read_png_text(chunk.baseAddress, chunk.count, text.baseAddress, maxText)
      }
    }
  }

  /// The bytes in a text such as "\nexif\n      34\n45786966...": a name, a count of bytes, and two
  /// hexadecimal digits for each. Nil if there are fewer digits.
  private static func profile(in text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 2)
    guard lines.count == 3,
      let count = Int(String(decoding: lines[1].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)),
      count > 0, count <= maxText
    else { return nil }
    var profile: [UInt8] = []
    var high: Int?
    for character in lines[2] {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { continue }
      if let first = high {
        profile.append(UInt8(truncatingIfNeeded: first << 4 | digit))
        high = nil
        if profile.count == count { return profile }
      } else {
        high = digit
      }
    }
    return nil
  }
}
