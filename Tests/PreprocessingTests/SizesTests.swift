import Images
import Preprocessing
import Testing

@Suite struct SizesTests {
  private func size(_ width: Int, _ height: Int) -> PixelSize {
    PixelSize(width: width, height: height)
  }

  private func preprocessing(_ steps: [Preprocessing.Step]) throws -> Preprocessing {
    try Preprocessing(steps: steps, channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
  }

  @Test("the output's size is known without an input where the steps say it")
  func outputSize() throws {
    #expect(Preprocessing.alexnet.outputSize(for: nil) == size(227, 227))
    #expect(Preprocessing.torchvision.outputSize(for: nil) == size(224, 224))
    #expect(Preprocessing.onnxZoo.outputSize(for: size(3, 9)) == size(224, 224))
    let open = try preprocessing([.resizeShortSide(size: 31, antialias: true)])
    #expect(open.outputSize(for: nil) == nil)
    // torchvision: int(31 * 101 / 67) = 46
    #expect(open.outputSize(for: size(101, 67)) == size(46, 31))
    #expect(open.outputSize(for: size(67, 101)) == size(31, 46))
    #expect(open.outputSize(for: size(1, .max)) == nil)
  }

  @Test("a decoder is told what the first resize asks for")
  func sufficientSize() throws {
    #expect(Preprocessing.alexnet.sufficientSize(for: size(4000, 3000)) == size(341, 256))
    #expect(Preprocessing.caffe.sufficientSize(for: size(4000, 3000)) == size(256, 256))
    let cropped = try preprocessing([
      .centerCrop(width: 9, height: 9), .squash(width: 5, height: 5, antialias: true),
    ])
    #expect(cropped.sufficientSize(for: size(40, 30)) == size(40, 30))
    #expect(try preprocessing([]).sufficientSize(for: size(40, 30)) == size(40, 30))
  }

  @Test("a picture 10 000 times as high as wide costs no more than its crop")
  func longAndNarrow() throws {
    let image = noise(width: 1, height: 10_000, seed: 5)
    let result = try Preprocessing.alexnet.pixels(
      from: DecodedImage(image: image, fullSize: size(1, 10_000)))
    #expect(result.width == 227 && result.height == 227)
    // Enlarged 256 times, the crop shows source row 4999 and what lies around it.
    let first = (2_560_000 - 227) / 2
    for row in 0..<227 {
      let position = (Double(first + row) + 0.5) / 256 - 0.5
      let above = Int(position)
      let share = position - Double(above)
      for channel in 0..<3 {
        let upper = Double(image.pixels[above * 3 + channel])
        let lower = Double(image.pixels[above * 3 + 3 + channel])
        let expected = upper + (lower - upper) * share
        for column in [0, 113, 226] {
          let found = Double(result.pixels[(row * 227 + column) * 3 + channel])
          #expect(abs(found - expected) <= 1)
        }
      }
    }
  }

  @Test("steps that would need absurd pictures are an error and allocate nothing")
  func absurd() throws {
    let image = DecodedImage(
      image: noise(width: 1, height: 10_000, seed: 5), fullSize: size(1, 10_000))
    let open = try preprocessing([.resizeShortSide(size: 16384, antialias: true)])
    #expect(throws: PreprocessingError.tooLarge(width: 16384, height: 163_840_000)) {
      try open.pixels(from: image)
    }
    let back = try preprocessing([
      .resizeShortSide(size: 1024, antialias: true), .resizeShortSide(size: 16, antialias: true),
      .centerCrop(width: 16, height: 16),
    ])
    #expect(try back.pixels(from: image).height == 16)
    let flat = try preprocessing([.squash(width: 16384, height: 1, antialias: true)])
    let high = DecodedImage(
      image: noise(width: 1, height: 100_000, seed: 5), fullSize: size(1, 100_000))
    #expect(throws: PreprocessingError.self) { try flat.pixels(from: high) }
    let lying = DecodedImage(image: noise(width: 2, height: 2, seed: 1), fullSize: size(1, .max))
    #expect(throws: PreprocessingError.self) { try Preprocessing.alexnet.pixels(from: lying) }
  }

  @Test("a crop of a reduced picture counts in full-size pixels")
  func reducedCrop() throws {
    let grey = RGBImage(
      width: 50, height: 30, pixels: [UInt8](repeating: 77, count: 50 * 30 * 3))
    let result = try preprocessing([.centerCrop(width: 150, height: 130)])
      .pixels(from: DecodedImage(image: grey, fullSize: size(199, 120)))
    #expect(result.width == 150 && result.height == 130)
    let black = result.pixels.count { $0 == 0 }
    #expect(black == 10 * 150 * 3)
    #expect(result.pixels.count { $0 == 77 } == result.pixels.count - black)
  }
}
