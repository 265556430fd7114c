import Images
import Testing

@Suite("How much memory decoding takes") struct MemoryTests {
  private func decoder(
    _ file: String, sufficient: PixelSize? = nil
  ) throws -> (decoder: ImageDecoder, size: PixelSize) {
    var options = DecodeOptions()
    if let sufficient { options.sufficientSize = { _ in sufficient } }
    let decoder = try ImageDecoder(Fixture.bytes(of: file).span, options: options)
    return (decoder, decoder.decodedSize)
  }

  /// What the libraries take beside pictures and coefficients.
  private let fixed = 1 << 20

  @Test("a PNG takes its pixels, of four channels where there is transparency, and two rows")
  func png() throws {
    for (file, channels) in [("rgb-8.png", 3), ("rgba-8.png", 4), ("grey-16-interlaced.png", 3)] {
      let (decoder, size) = try decoder(file)
      #expect(decoder.memory == size.width * size.height * channels + size.width * 16 + fixed)
    }
  }

  @Test("a JPEG of several scans takes the coefficients of all its blocks, two bytes each, as well")
  func jpeg() throws {
    let (plain, size) = try decoder("baseline-444.jpg")
    let pixels = size.width * size.height * 3
    #expect(plain.memory == pixels + size.width * 256 + fixed)
    let blocks = ((size.width + 7) / 8) * ((size.height + 7) / 8)
    let (progressive, progressiveSize) = try decoder("progressive-444.jpg")
    #expect(progressiveSize == size)
    #expect(progressive.memory == plain.memory + 3 * blocks * 128)
    // With half the columns and rows of colour: in units of 16 x 16 pixels, six blocks each.
    let units = ((size.width + 15) / 16) * ((size.height + 15) / 16)
    #expect(try decoder("progressive-420.jpg").decoder.memory >= plain.memory + 6 * units * 128)
  }

  @Test("a reduced picture takes less, but for its coefficients")
  func reduced() throws {
    let full = try decoder("reducible.jpg").decoder
    let (eighth, size) = try decoder("reducible.jpg", sufficient: PixelSize(width: 1, height: 1))
    #expect(size.width < full.decodedSize.width && eighth.fullSize == full.fullSize)
    #expect(
      full.memory - eighth.memory
        == (full.decodedSize.width * full.decodedSize.height - size.width * size.height) * 3)
  }

  @Test("every file decodes within the memory that is announced to the library")
  func everyFile() throws {
    for fixture in Fixture.all where fixture.error == nil && fixture.mayBeUnsupported != true {
      let decoder = try ImageDecoder(fixture.bytes.span, options: DecodeOptions())
      let image = try decoder.decode(fixture.bytes.span)
      #expect(decoder.fullSize == image.fullSize, "\(fixture.file)")
      #expect(
        decoder.decodedSize == PixelSize(width: image.image.width, height: image.image.height))
      #expect(decoder.partialSides == image.partialSides)
      #expect(decoder.memory > image.image.pixels.count)
    }
  }
}
