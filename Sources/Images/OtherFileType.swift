/// Recognises common files that are not images of a supported format, so that a message can say
/// what a file is. The names fit after "this is".
enum OtherFileType {
  /// The kind of a file, found from its first bytes.
  static func name(of bytes: Span<UInt8>) -> String {
    signatureName(bytes) ?? containerName(bytes) ?? textName(bytes) ?? "a file of unknown type"
  }

  private static func signatureName(_ bytes: Span<UInt8>) -> String? {
    for (signature, name) in signatures where bytes.hasPrefix(signature) { return name }
    if bytes.hasText("DICM", at: 128) { return "a DICOM image" }
    return nil
  }

  /// If one signature is the beginning of another, the longer one must be first.
  private static let signatures: [([UInt8], String)] = [
    (ascii("GIF8"), "a GIF image"),
    (ascii("BM"), "a BMP image"),
    ([0x49, 0x49, 0x2A, 0, 0x10, 0, 0, 0, 0x43, 0x52], "a Canon raw photo (CR2)"),
    ([0x49, 0x49, 0x2A, 0], "a TIFF image"),
    ([0x4D, 0x4D, 0, 0x2A], "a TIFF image"),
    ([0x49, 0x49, 0x2B, 0], "a TIFF image"),
    ([0x4D, 0x4D, 0, 0x2B], "a TIFF image"),
    ([0x49, 0x49, 0xBC], "a JPEG XR image"),
    (ascii("%PDF"), "a PDF document"),
    (ascii("%!PS"), "a PostScript document"),
    ([0xC5, 0xD0, 0xD3, 0xC6], "a PostScript document"),
    ([0xFF, 0x0A], "a JPEG XL image"),
    ([0, 0, 0, 12] + ascii("JXL "), "a JPEG XL image"),
    ([0, 0, 0, 12] + ascii("jP  "), "a JPEG 2000 image"),
    ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
    ([0xFF, 0xD8, 0xF7], "a JPEG-LS image"),
    ([0, 0, 1, 0], "an ICO icon"),
    ([0, 0, 2, 0], "a CUR cursor"),
    (ascii("icns"), "an ICNS icon"),
    (ascii("8BPS"), "a Photoshop document (PSD)"),
    (ascii("8BPB"), "a Photoshop document (PSB)"),
    (ascii("gimp xcf"), "a GIMP document (XCF)"),
    (ascii("FUJIFILMCCD-RAW"), "a Fujifilm raw photo (RAF)"),
    ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR image"),
    (ascii("#?RADIANCE"), "a Radiance HDR image"),
    (ascii("qoif"), "a QOI image"),
    (ascii("BPG") + [0xFB], "a BPG image"),
    (ascii("DDS "), "a DDS texture"),
    (ascii("SIMPLE  ="), "a FITS image"),
    ([0x8A, 0x4D, 0x4E, 0x47], "an MNG animation"),
    ([0x8B, 0x4A, 0x4E, 0x47], "a JNG image"),
    ([0x1A, 0x45, 0xDF, 0xA3], "a Matroska or WebM video"),
    (ascii("PK") + [3, 4], "a ZIP archive"),
    ([0x1F, 0x8B], "a gzip archive"),
  ]

  /// Recognises RIFF files, and ISO base media files, whose first box is `ftyp` with a brand.
  private static func containerName(_ bytes: Span<UInt8>) -> String? {
    if bytes.hasText("RIFF", at: 0) {
      return bytes.hasText("WEBP", at: 8) ? "a WebP image" : "a RIFF file"
    }
    guard bytes.hasText("ftyp", at: 4) else { return nil }
    for brand in ["avif", "avis"] where bytes.hasText(brand, at: 8) { return "an AVIF image" }
    for brand in ["heic", "heix", "heim", "heis", "hevc", "hevx"]
    where bytes.hasText(brand, at: 8) {
      return "a HEIC image"
    }
    if bytes.hasText("mif1", at: 8) || bytes.hasText("msf1", at: 8) {
      return "a HEIF image (HEIC or AVIF)"
    }
    return bytes.hasText("crx ", at: 8) ? "a Canon raw photo (CR3)" : "an MP4 or QuickTime video"
  }

  /// Recognises text files: SVG, HTML (often an error page that was saved with an image's name),
  /// PNM and other text.
  private static func textName(_ bytes: Span<UInt8>) -> String? {
    let beginning = (0..<min(bytes.count, 1024)).map { bytes[$0] }
    let isText = beginning.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    guard isText, !beginning.isEmpty else { return nil }
    let text = String(decoding: beginning, as: UTF8.self).lowercased()
    if text.contains("<svg") { return "an SVG drawing" }
    if text.contains("<!doctype html") || text.contains("<html") { return "an HTML page" }
    if text.hasPrefix("p"), let kind = beginning.dropFirst().first, (0x31...0x37).contains(kind),
      let separator = beginning.dropFirst(2).first, (0x09...0x20).contains(separator)
    {
      return "a PNM image"
    }
    return text.utf8.starts(with: [0xEF, 0xBF, 0xBD]) ? nil : "a text file"
  }
}

private func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Span<UInt8> {
  fileprivate func hasPrefix(_ prefix: [UInt8]) -> Bool {
    count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
  }
}
