import Images
import Testing

@Suite("Decoding, against Pillow's pixels")
struct DecodingTests {
  /// Both decode with libjpeg-turbo's accurate DCT, which gives the same bits everywhere.
  private let tolerance = 0

  @Test("every sound file gives the expected pixels", arguments: Fixture.sound)
  func sound(fixture: Fixture) throws {
    let expected = try #require(fixture.expected)
    do {
      let decoded = try decodeImage(fixture.bytes.span, options: DecodeOptions())
      #expect(decoded.fullSize == PixelSize(width: expected.width, height: expected.height))
      let difference = try #require(decoded.image.largestDifference(from: expected))
      #expect(difference <= tolerance)
    } catch ImageDecodingError.unsupportedFeature where fixture.mayBeUnsupported == true {
      return
    }
  }

  @Test("a JPEG is reduced to no less than twice what is needed", arguments: Fixture.reduced)
  func reduced(fixture: Fixture) throws {
    let expected = try #require(fixture.expected)
    var options = DecodeOptions()
    options.sufficientSize = { full in
      // Just what half of the reduced picture covers, on its shorter side.
      #expect(full == PixelSize(width: 67, height: 101))
      return PixelSize(width: expected.width / 2, height: 1)
    }
    let decoded = try decodeImage(fixture.bytes.span, options: options)
    #expect(decoded.fullSize == PixelSize(width: 67, height: 101))
    let difference = try #require(decoded.image.largestDifference(from: expected))
    #expect(difference <= tolerance)
  }

  @Test("both directions count for the reduction, and rounding never takes too much")
  func reductionLimits() throws {
    func decodedSize(sufficient width: Int, _ height: Int) throws -> PixelSize {
      var options = DecodeOptions()
      options.sufficientSize = { _ in PixelSize(width: width, height: height) }
      let image = try decodeImage(Fixture.bytes(of: "reducible.jpg").span, options: options).image
      return PixelSize(width: image.width, height: image.height)
    }
    // 67 x 101 gives 34 x 51, 17 x 26 and 9 x 13.
    #expect(try decodedSize(sufficient: 4, 6) == PixelSize(width: 9, height: 13))
    #expect(try decodedSize(sufficient: 5, 6) == PixelSize(width: 17, height: 26))
    #expect(try decodedSize(sufficient: 4, 7) == PixelSize(width: 17, height: 26))
    #expect(try decodedSize(sufficient: 9, 1) == PixelSize(width: 34, height: 51))
    #expect(try decodedSize(sufficient: 17, 25) == PixelSize(width: 34, height: 51))
    #expect(try decodedSize(sufficient: 18, 25) == PixelSize(width: 67, height: 101))
    #expect(try decodedSize(sufficient: 1000, 1) == PixelSize(width: 67, height: 101))
  }

  @Test("transparency is laid over the background that is asked for")
  func background() throws {
    var options = DecodeOptions()
    options.background = RGBColor(red: 10, green: 20, blue: 30)
    let onWhite = try decode("rgba-8.png").pixels
    let onColor = try decode("rgba-8.png", options).pixels
    let alpha = { (pixel: Int) in (pixel % 27 * 11 + pixel / 27 * 5) % 256 }
    for pixel in 0..<(27 * 19) {
      for (channel, background) in [10, 20, 30].enumerated() {
        // The two differ by what shines through, and by the rounding of each.
        let through = (255 - background) * (255 - alpha(pixel))
        let found = Int(onWhite[pixel * 3 + channel]) - Int(onColor[pixel * 3 + channel])
        #expect(abs(found * 255 - through) <= 255)
      }
    }
    #expect(onColor[0..<3] == [10, 20, 30])
  }

  private func decode(
    _ file: String, _ options: DecodeOptions = DecodeOptions()
  ) throws -> RGBImage {
    try decodeImage(Fixture.bytes(of: file).span, options: options).image
  }
}
