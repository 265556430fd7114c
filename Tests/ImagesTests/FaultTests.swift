import Images
import Testing

@Suite("Files that are damaged, cut short, hostile, or beyond the decoder")
struct FaultTests {
  @Test("each gives its own error", arguments: Fixture.faulty)
  func faulty(fixture: Fixture) throws {
    let error = #expect(throws: ImageDecodingError.self) {
      try decodeImage(fixture.bytes.span, options: DecodeOptions())
    }
    #expect(error?.name == fixture.error, "\(String(describing: error))")
  }

  @Test(
    "a file cut anywhere is truncated, never a picture",
    arguments: [
      "baseline-420.jpg", "progressive-mixed.jpg", "grey-progressive.jpg", "separate-scans.jpg",
      "arithmetic.jpg", "restart-markers.jpg", "cmyk-adobe.jpg", "exif-6.jpg", "rgb-8.png",
      "palette-2-alpha-interlaced.png", "color-chunks.png", "exif-3-after.png",
    ])
  func cutAnywhere(file: String) {
    let whole = Fixture.bytes(of: file)
    for count in 1..<whole.count {
      let error = #expect(throws: ImageDecodingError.self) {
        try decodeImage(Array(whole[..<count]).span, options: DecodeOptions())
      }
      #expect(error?.name == "truncated", "\(count) of \(whole.count) bytes: \(error as Any)")
    }
  }

  @Test("changed bytes never crash the decoder", arguments: Fixture.all)
  func mutations(fixture: Fixture) {
    let whole = fixture.bytes
    var options = DecodeOptions()
    options.maxPixels = 100_000
    for seed in 0..<200 as Range<UInt64> {
      var bytes = whole
      var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
      for _ in 0...(seed % 8) {
        // Marsaglia's xorshift64.
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        bytes[Int(state >> 32) % bytes.count] = UInt8(truncatingIfNeeded: state)
      }
      options.allowDamaged = seed % 2 == 0
      do throws(ImageDecodingError) {
        let image = try decodeImage(bytes.span, options: options).image
        #expect(image.pixels.count == image.width * image.height * 3)
      } catch {
        #expect(error.name != "internalFault" && error.name != "outOfMemory", "\(error)")
      }
    }
  }

  @Test("the recovered part of a truncated file can be had")
  func allowDamaged() throws {
    var options = DecodeOptions()
    options.allowDamaged = true
    options.background = RGBColor(red: 1, green: 2, blue: 3)
    for (file, wholeFile) in [
      ("no-end-marker.jpg", "baseline-420.jpg"), ("half.jpg", "baseline-420.jpg"),
      ("half-progressive.jpg", "progressive-420.jpg"),
      ("cut-tables-progressive.jpg", "progressive-420.jpg"),
      ("early-end-marker.jpg", "baseline-420.jpg"),
      ("no-end-chunk.png", "rgb-8.png"), ("half.png", "rgb-8.png"),
      ("too-few-rows.png", "rgb-8.png"), ("missing-components.jpg", "separate-scans.jpg"),
    ] {
      let found = try decodeImage(Fixture.bytes(of: file).span, options: options).image
      let whole = try decodeImage(Fixture.bytes(of: wholeFile).span, options: DecodeOptions()).image
      #expect(found.width == whole.width && found.height == whole.height)
      let difference = found.largestDifference(from: whole)
      #expect(file.hasPrefix("no-end") ? difference == 0 : difference != 0, "\(file)")
      if file == "half.png" {
        #expect(found.pixels.prefix(9) == whole.pixels.prefix(9))
        #expect(found.pixels.suffix(3) == [1, 2, 3])
      }
    }
  }

  @Test("what the libraries make of a damaged file can be had", arguments: Fixture.recoverable)
  func recoverable(fixture: Fixture) throws {
    var options = DecodeOptions()
    options.allowDamaged = true
    let found = try decodeImage(fixture.bytes.span, options: options).image
    #expect(found.largestDifference(from: try #require(fixture.expected)) == 0)
  }

  @Test("without a single row, nothing was recovered")
  func allowDamagedHasLimits() {
    var options = DecodeOptions()
    options.allowDamaged = true
    for file in [
      "header-only.jpg", "header-only.png", "bad-data-checksum.png", "bad-filter.png",
      "no-palette.png", "bad-signature.png", "twelve-bit.jpg",
    ] {
      #expect(throws: ImageDecodingError.self, "\(file)") {
        try decodeImage(Fixture.bytes(of: file).span, options: options)
      }
    }
  }

  @Test("the pixel limit holds for what the header says, also where the decode would be reduced")
  func pixelLimit() throws {
    var options = DecodeOptions()
    options.sufficientSize = { _ in PixelSize(width: 1, height: 1) }
    options.maxPixels = 67 * 101
    _ = try decodeImage(Fixture.bytes(of: "reducible.jpg").span, options: options)
    options.maxPixels -= 1
    let error = #expect(throws: ImageDecodingError.self) {
      try decodeImage(Fixture.bytes(of: "reducible.jpg").span, options: options)
    }
    #expect(
      error?.description.contains("101 x 67") == true
        || error?.description.contains("67 x 101") == true)
    options.maxPixels = .max
    let hostile = #expect(throws: ImageDecodingError.self) {
      try decodeImage(Fixture.bytes(of: "enormous.png").span, options: options)
    }
    #expect(["limitExceeded", "truncated"].contains(hostile?.name))
  }
}
