import Images
import Preprocessing
import Testing

@Suite struct ViewsTests {
  /// A picture in which no two neighbours are alike.
  private func picture(_ width: Int, _ height: Int) -> DecodedImage {
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 7) }
    return DecodedImage(
      image: RGBImage(width: width, height: height, pixels: pixels),
      fullSize: PixelSize(width: width, height: height))
  }

  private func preprocessing(_ steps: [Preprocessing.Step]) throws -> Preprocessing {
    try Preprocessing(steps: steps, channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
  }

  private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> ArraySlice<UInt8> {
    image.pixels[((y * image.width + x) * 3)...].prefix(3)
  }

  @Test(
    "the fifth of ten crops is the only one of one, bit for bit",
    arguments: [(90, 60), (61, 95), (41, 40), (30, 80)])
  func centre(width: Int, height: Int) throws {
    let steps = try preprocessing([
      .resizeShortSide(size: 45, antialias: true), .centerCrop(width: 40, height: 40),
    ])
    let decoded = picture(width, height)
    let ten = try steps.pixels(from: decoded, views: .ten)
    let one = try steps.pixels(from: decoded, views: .one)
    #expect(ten.count == 10 && one.count == 1)
    #expect(ten[4] == one[0])
    #expect(one[0] == (try steps.pixels(from: decoded)))
  }

  @Test("corners are the picture's corners, and the other five are mirror images")
  func corners() throws {
    let steps = try preprocessing([.centerCrop(width: 5, height: 4)])
    let decoded = picture(9, 7)
    let ten = try steps.pixels(from: decoded, views: .ten)
    for (crop, (x, y)) in zip(ten, [(0, 0), (4, 0), (0, 3), (4, 3)]) {
      for row in 0..<4 {
        for column in 0..<5 {
          #expect(pixel(crop, column, row).elementsEqual(pixel(decoded.image, x + column, y + row)))
        }
      }
    }
    for (crop, mirrored) in zip(ten, ten[5...]) {
      for row in 0..<4 {
        for column in 0..<5 {
          #expect(pixel(mirrored, column, row).elementsEqual(pixel(crop, 4 - column, row)))
        }
      }
    }
  }

  @Test("along a side that is too short for the crop, all crops are the padded centre")
  func padded() throws {
    let steps = try preprocessing([.centerCrop(width: 8, height: 4)])
    let ten = try steps.pixels(from: picture(5, 10), views: .ten)
    #expect(ten[0] == ten[1] && ten[2] == ten[3])
    #expect(ten[0] != ten[2] && ten[0] != ten[4])
    #expect(ten[4] == (try steps.pixels(from: picture(5, 10))))
  }

  @Test("steps that do not end with a centre crop have no ten crops")
  func noLastCrop() throws {
    let squash = try preprocessing([.squash(width: 8, height: 8, antialias: true)])
    #expect(throws: PreprocessingError.noLastCrop(step: "squash")) {
      try squash.pixels(from: picture(5, 5), views: .ten)
    }
    #expect(throws: PreprocessingError.noLastCrop(step: nil)) { try preprocessing([]).lastCrop() }
    #expect(try Preprocessing.alexnet.lastCrop() == PixelSize(width: 227, height: 227))
  }
}
