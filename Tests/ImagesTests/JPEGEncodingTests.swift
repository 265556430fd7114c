import Images
import Testing

@Suite struct JPEGEncodingTests {
  /// Soft colours, as in a photo.
  private func picture(_ width: Int, _ height: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(x * 255 / width), UInt8(y * 255 / height), 128]
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  @Test(
    "a picture is nearly the same after it was written as JPEG, at any size",
    arguments: [(1, 1), (1, 160), (160, 1), (17, 33), (160, 120)])
  func roundTrip(width: Int, height: Int) throws {
    let image = picture(width, height)
    let file = try image.jpegFile(quality: 90)
    #expect(file.prefix(2) == [0xFF, 0xD8] && file.suffix(2) == [0xFF, 0xD9])
    let decoded = try decodeImage(file.span, options: DecodeOptions())
    #expect(decoded.fullSize == PixelSize(width: width, height: height))
    let difference = try #require(decoded.image.largestDifference(from: image))
    #expect(difference <= 16)
  }

  @Test("noise at the best quality, which gives the largest files, fits the buffer")
  func noise() throws {
    var generator = SystemRandomNumberGenerator()
    for size in [1, 7, 16, 161] {
      let pixels = (0..<size * size * 3).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let image = RGBImage(width: size, height: size, pixels: pixels)
      #expect(try image.jpegFile(quality: 100).count > size * size)
    }
  }

  @Test("a lower quality gives a smaller file")
  func quality() throws {
    let image = picture(160, 120)
    #expect(try image.jpegFile(quality: 20).count < image.jpegFile(quality: 95).count)
  }
}
