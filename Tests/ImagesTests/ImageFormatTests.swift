import Images
import Testing

@Suite("What a file is, by its first bytes")
struct ImageFormatTests {
  private static let others = [
    ("GIF89a....", "a GIF image"), ("BM......", "a BMP image"),
    ("RIFF....WEBPVP8 ", "a WebP image"), ("RIFF....WAVE", "a RIFF file"),
    ("\0\0\0\u{18}ftypheic", "a HEIC image"), ("\0\0\0\u{18}ftypmif1", "a HEIF image"),
    ("\0\0\0\u{1C}ftypavif", "an AVIF image"), ("\0\0\0\u{18}ftypisom", "an MP4"),
    ("II*\0", "a TIFF image"), ("MM\0*", "a TIFF image"), ("%PDF-1.7", "a PDF document"),
    ("\0\0\0\u{C}JXL \r\n", "a JPEG XL image"), ("\0\0\0\u{C}jP  \r\n", "a JPEG 2000 image"),
    ("\0\0\u{1}\0\u{1}\0", "an ICO icon"), ("8BPS\0\u{1}", "a Photoshop document"),
    ("<?xml version=\"1.0\"?>\n<svg xmlns=\"", "an SVG drawing"),
    ("\n<!DOCTYPE HTML><html>404", "an HTML page"), ("P6\n2 2\n255\n", "a PNM image"),
    ("Dear all,\n", "a text file"), ("\u{1}\u{2}\u{3}", "a file of unknown type"),
  ]

  @Test("other formats are named")
  func namesOthers() throws {
    for (beginning, name) in Self.others {
      let error = try #require(throws: ImageDecodingError.self) {
        try decodeImage(Array(beginning.utf8).span, options: DecodeOptions())
      }
      guard case .unsupportedFormat(let found) = error else {
        Issue.record("\(name): \(error)")
        continue
      }
      #expect(found.hasPrefix(name))
      #expect(error.description.contains("convert it"))
    }
  }

  @Test("an empty file is called empty")
  func empty() {
    #expect(throws: ImageDecodingError.empty) {
      try decodeImage([UInt8]().span, options: DecodeOptions())
    }
  }

  @Test("the beginning of a signature is a file cut short, not a file of another type")
  func partialSignature() {
    for signature: [UInt8] in [[0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A]] {
      for count in 1...signature.count {
        let error = #expect(throws: ImageDecodingError.self) {
          try decodeImage(Array(signature.prefix(count)).span, options: DecodeOptions())
        }
        guard case .truncated = error else {
          Issue.record("\(count) bytes: \(String(describing: error))")
          continue
        }
      }
    }
  }
}
